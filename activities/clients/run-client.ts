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
  /** A second canary keeps writing straight to this side's own edge, like a client with a stale address. */
  readonly stubborn?: PairSide;
}

/** The ports that the canary needs, and no others. */
export interface RunClientPorts {
  readonly materials: Pick<ActivityPorts['materials'], 'read'>;
  readonly clientJournal: ActivityPorts['clientJournal'];
  readonly reservations: Pick<ActivityPorts['reservations'], 'assertHeld'>;
}

const pace: Pace = { everyMs: 100, slowEveryMs: 1_000, slowAfterMs: 60_000 };

/** The limit for one request, so that a dead endpoint does not stop the beat. */
const timeoutMs = 2_000;

/**
 * Writes and reads through the clients' name, beat after beat, until it is cancelled, and records the side that served each
 * operation by the certificate on that very connection. It knows only what a client knows: the clients' name and the source's
 * login. Safe to repeat: the sequence goes on after the highest number in the journal. On cancellation, open operations are
 * finished and recorded.
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
