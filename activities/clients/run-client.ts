import { cancellationSignal } from '@temporalio/activity';
import type { CanaryClient } from '../../domain/pair/canary.js';
import { type ClientOperation, highestSequence } from '../../domain/recovery/client-operations.js';
import type { PairSide, TlsEndpoint, Topology } from '../../domain/pair/topology.js';
import { createOpenBao, type OpenBao } from '../../systems/openbao/api/client.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { keepBeat, type Pace } from './beat.js';
import { createCanaryWriter } from './canary-writer.js';
import { createRecogniseSite } from './recognise-sites.js';

export interface RunClientInput {
  readonly topology: Topology;
  readonly drillId: string;
  /** A second client keeps writing straight to this side's own edge, as one with a stale address would. */
  readonly stubborn?: PairSide;
}

/** What it needs of the ports, and no more. */
export interface RunClientPorts {
  readonly materials: Pick<ActivityPorts['materials'], 'read'>;
  readonly clientJournal: ActivityPorts['clientJournal'];
  readonly reservations: Pick<ActivityPorts['reservations'], 'assertHeld'>;
}

const pace: Pace = { everyMs: 100, slowEveryMs: 1_000, slowAfterMs: 60_000 };

/** For one request: a dead endpoint must not stop the beat. */
const timeoutMs = 2_000;

/**
 * Writes and reads through the clients' name, beat after beat, until it is cancelled, and writes down who served each
 * operation and when: told by the certificate on that very connection. Knows only what a client knows, the clients' name and
 * the source's login. Safe to repeat: the sequence goes on after the highest in the journal. What was sent when it is
 * cancelled is waited for and written down.
 *
 * Never returns: it ends by its cancellation, or with
 *
 * @throws KnownFailure `LaneElsewhere` or `MaterialMissing` (a retry may help).
 * @throws KnownFailure `CorruptedState`, `DiskFull` or `NotWritable`: the journal cannot be kept.
 */
export const createRunClient = ({ materials, clientJournal, reservations }: RunClientPorts) => {
  const open = async ({ address, serverName, ca }: TlsEndpoint): Promise<OpenBao> =>
    createOpenBao({ address, serverName, caPem: await materials.read(ca) }, { timeoutMs });

  return async function runClient({ topology, drillId, stubborn }: RunClientInput): Promise<void> {
    const signal = cancellationSignal();
    const { clients, source, target } = topology;
    await reservations.assertHeld(topology.lane, drillId);
    const login = { username: source.admin.username, password: await materials.read(source.admin.password) };
    const recognise = await createRecogniseSite({ source: await open(source), target: await open(target) });
    let sequence = highestSequence(await clientJournal.read(drillId));

    const record = async (operation: Promise<ClientOperation>): Promise<boolean> => {
      const done = await operation;
      await clientJournal.append(drillId, [done]);
      return done.servedBy !== undefined;
    };
    const keepUsing = async (client: CanaryClient, endpoint: TlsEndpoint, until: AbortSignal): Promise<void> => {
      const writer = createCanaryWriter({ client, openbao: await open(endpoint), login, drillId, recognise });
      const beat = async (): Promise<boolean> => {
        const written = await record(writer.write((sequence += 1)));
        return client === 'roaming' ? (await record(writer.read())) || written : written;
      };
      try {
        await keepBeat(beat, pace, until);
      } finally {
        await writer.logOut();
      }
    };

    const failed = new AbortController();
    const until = AbortSignal.any([signal, failed.signal]);
    const start = (client: CanaryClient, endpoint: TlsEndpoint): Promise<void> =>
      keepUsing(client, endpoint, until).catch((error: unknown) => {
        failed.abort();
        throw error;
      });
    const ends = await Promise.allSettled([
      start('roaming', clients),
      ...(stubborn === undefined ? [] : [start('stubborn', { ...clients, address: topology[stubborn].address })]),
    ]);
    const broken = ends.find((end) => end.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    signal.throwIfAborted();
  };
};
