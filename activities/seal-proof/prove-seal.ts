import { cancellationSignal } from '@temporalio/activity';
import { type Check, check } from '../../domain/run/checks.js';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import type { Materials } from '../ports/materials.js';
import type { Snapshot } from '../../domain/report/report.js';
import type { MaterialRef, Topology } from '../../domain/pair/topology.js';
import type { OpenBaoSession } from '../../systems/openbao/api/client.js';
import { proveOtherKeyRefused } from '../../systems/openbao/seal/seal-control.js';
import { proveSeal as proveSealOpens } from '../../systems/openbao/seal/seal-proof.js';
import { readSnapshot, type SnapshotSummary } from '../../systems/openbao/snapshot/read-snapshot.js';
import { patiently, streamingMs } from '../observing/observe-check.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { exactBytes } from '../../domain/units.js';

export interface ProveSealInput {
  readonly topology: Pick<Topology, 'target' | 'bucket' | 'sealControl'>;
  /** The snapshot as it was recorded. */
  readonly snapshot: Pick<Snapshot, 'key' | 'sizeBytes' | 'sha256' | 'versionId'>;
}

export interface ProvedSeal {
  /** `seal-proof`, and `other-key-refused`. */
  readonly checks: readonly Check[];
}

export interface ProveSealPorts extends Pick<ActivityPorts, 'sites' | 'buckets'> {
  readonly materials: Pick<Materials, 'read'>;
}

/** The token has to live until right after the restore, when the target unwraps its keys with it. */
const leastTokenSeconds = 300;

/**
 * Proves before the restore that the target will be able to open the snapshot: reads it from the bucket as the target does, and
 * has the target's seal, with its own token, decrypt the sealed checksums. The negative control: another key of the same
 * Transit, which works, must not. Nothing is written anywhere. Failures are in the checks, with their types; a retryable one
 * gets some seconds.
 */
export const createProveSeal = ({ sites, buckets, materials }: ProveSealPorts) =>
  async function proveSeal({ topology, snapshot }: ProveSealInput): Promise<ProvedSeal> {
    const { target, bucket, sealControl } = topology;
    const { seal } = target;
    const signal = cancellationSignal();

    const transitAs = async (token: MaterialRef): Promise<OpenBaoSession> => {
      const [openbao, value] = await Promise.all([sites.at(seal), materials.read(token)]);
      return openbao.useToken(value);
    };

    const archive = await patiently(
      () =>
        buckets.with(bucket.target, async (store) => {
          const { key, versionId } = snapshot;
          const { body } = await store.download({ key, versionId, signal });
          const read = await readSnapshot(body);
          assertUnchanged(snapshot, read);
          return read;
        }),
      streamingMs,
    );
    if (isKnownFailure(archive)) return { checks: [sealProof(archive), otherKeyRefused(archive)] };

    const { ciphertext, keyVersion } = archive.sealed;
    const proved = await patiently(async () => {
      const session = await transitAs(seal.token);
      await proveSealOpens({ session, seal, sums: archive.sums, ciphertext, leastTokenSeconds, signal });
      const key = [seal.keyName, keyVersion].filter((part) => part !== undefined).join(' ');
      return seen(`key ${key} opens the sealed checksums of ${exactBytes(archive.sizeBytes)}`);
    });
    const refused = await patiently(async () => {
      const session = await transitAs(sealControl.token);
      // Renew the token: nothing else does, and a lane may outlive it. A failure is harmless to this proof.
      await session.write('auth/token/renew-self', {}, { signal }).catch(() => undefined);
      const key = { mountPath: seal.mountPath, keyName: sealControl.keyName };
      await proveOtherKeyRefused({ session, key, ciphertext, signal });
      return seen(
        `key ${sealControl.keyName} opens what it sealed itself, and not these: message authentication failed`,
      );
    });
    return { checks: [sealProof(proved), otherKeyRefused(refused)] };
  };

interface Seen {
  readonly observed: string;
}

const seen = (observed: string): Seen => ({ observed });

const sealProof = (outcome: Seen | KnownFailure): Check =>
  asCheck(
    'seal-proof',
    "the target's seal key and token open the snapshot's sealed checksums, equal to those recomputed",
    outcome,
  );

const otherKeyRefused = (outcome: Seen | KnownFailure): Check =>
  asCheck('other-key-refused', 'another working key of the same Transit does not open them', outcome);

const asCheck = (name: Check['name'], expected: string, outcome: Seen | KnownFailure): Check =>
  isKnownFailure(outcome)
    ? check(name, false, expected, `${outcome.type}: ${outcome.message}`)
    : check(name, true, expected, outcome.observed);

const assertUnchanged = (
  { key, sizeBytes, sha256 }: ProveSealInput['snapshot'],
  read: Pick<SnapshotSummary, 'sizeBytes' | 'sha256'>,
): void => {
  if (read.sizeBytes === sizeBytes && read.sha256 === sha256) return;
  throw new KnownFailure(
    'SnapshotChanged',
    'The object in the bucket is not the snapshot that was recorded: find out what changed it, and take a new one.',
    { facts: { key, expectedBytes: sizeBytes, seenBytes: read.sizeBytes } },
  );
};
