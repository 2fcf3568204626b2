import type { Readable } from 'node:stream';
import { cancellationSignal } from '@temporalio/activity';
import type { Check } from '../../domain/run/checks.js';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import type { Snapshot } from '../../domain/report/report.js';
import type { StoreComparison } from '../../domain/snapshot/store-comparison.js';
import { checkStoreEquality, type MountPaths, nameGroups } from '../../domain/snapshot/store-equality.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { OpenBaoSession } from '../../systems/openbao/api/client.js';
import { compareSnapshots } from '../../systems/openbao/snapshot/compare-snapshots.js';
import { isSnapshotFailure } from '../../systems/openbao/snapshot/failures.js';
import { openSnapshot } from '../../systems/openbao/snapshot/open-snapshot.js';
import { takingWhole } from '../backup/whole-snapshot.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import type { SealAnswersPorts } from '../seal-proof/seal-answers.js';

export interface CompareStoresInput {
  readonly topology: Topology;
  /** The snapshot that was restored into the target. */
  readonly snapshot: Snapshot;
}

export interface ComparedStores {
  /** `store-equality`. */
  readonly check: Check;
  readonly comparison: StoreComparison;
}

/**
 * Compares the whole restored store with the snapshot it was restored from: takes a snapshot of the target, reads the source's
 * from the bucket beside it, and compares every key and every (encrypted) value as both stream past. Nothing goes to disk or is
 * decrypted, and memory stays flat whatever the size. The source's snapshot counts only if it is the recorded one, byte for
 * byte.
 *
 * @throws KnownFailure `SnapshotChanged`: the object in the bucket is not the snapshot that was taken.
 * @throws KnownFailure as {@link takingWhole}, or `SnapshotInterrupted`, `SnapshotStalled` (a retry helps): the target sent a
 *   snapshot that is not whole.
 * @throws KnownFailure `SnapshotUnordered`: a snapshot cannot be compared.
 */
export const createCompareStores = (ports: SealAnswersPorts & Pick<ActivityPorts, 'buckets'>) =>
  async function compareStores({ topology, snapshot }: CompareStoresInput): Promise<ComparedStores> {
    const { sites, buckets } = ports;
    const signal = cancellationSignal();
    const { source, target, bucket } = topology;
    const compareOnce = () =>
      buckets.with(bucket.target, (store) =>
        sites.withLogin(target, source.verifier, async (session) => {
          const paths = await readMountPaths(session, signal);
          const recorded = await store.download({ key: snapshot.key, versionId: snapshot.versionId, signal });
          const comparison = await closing(recorded.body, async () =>
            closing(await session.downloadSnapshot({ signal }), (fresh) => compare(recorded.body, fresh, snapshot)),
          );
          return { check: checkStoreEquality(comparison, paths), comparison: nameGroups(comparison, paths) };
        }),
      );
    return takingWhole(ports, target, compareOnce);
  };

/** Ends the stream, however the step ended. */
const closing = async <T>(stream: Readable, step: (stream: Readable) => Promise<T>): Promise<T> => {
  try {
    return await step(stream);
  } finally {
    stream.destroy();
  }
};

const compare = async (recorded: Readable, fresh: Readable, snapshot: Snapshot): Promise<StoreComparison> => {
  const [source, target] = [openSnapshot(recorded), openSnapshot(fresh)];
  const changed = (error: unknown) => (isSnapshotFailure(error) ? snapshotChanged(snapshot, error) : error);
  const summaries = Promise.all([orThrow(source.summary, changed), target.summary]);
  // This promise is read only after the comparison: the entries report failures on the way.
  summaries.catch(() => undefined);
  const comparison = await compareSnapshots({
    source: entriesOrThrow(source.entries, changed),
    target: target.entries,
  });
  const [{ sha256, sizeBytes }] = await summaries;
  if (sizeBytes !== snapshot.sizeBytes || sha256 !== snapshot.sha256.toLowerCase()) throw snapshotChanged(snapshot);
  return comparison;
};

type Translate = (error: unknown) => unknown;

const orThrow = async <T>(promise: Promise<T>, translate: Translate): Promise<T> => {
  try {
    return await promise;
  } catch (error) {
    throw translate(error);
  }
};

const entriesOrThrow = async function* <T>(entries: AsyncIterable<T>, translate: Translate): AsyncGenerator<T> {
  try {
    yield* entries;
  } catch (error) {
    throw translate(error);
  }
};

const snapshotChanged = ({ key, sizeBytes }: Snapshot, cause?: unknown): KnownFailure =>
  new KnownFailure(
    'SnapshotChanged',
    'The snapshot in the bucket is not the one that was taken, so nothing can be compared with it: find out what changed it.',
    { facts: { key, expectedBytes: sizeBytes }, cause },
  );

/** The mounts' paths, for people; if they cannot be read, the ids stay. */
const readMountPaths = async (session: OpenBaoSession, signal: AbortSignal): Promise<MountPaths> => {
  const [mounts, auths] = await Promise.all([
    readMounts(session, signal, { at: 'sys/mounts', group: 'logical/', prefix: '' }),
    readMounts(session, signal, { at: 'sys/auth', group: 'auth/', prefix: 'auth/' }),
  ]);
  return new Map([...mounts, ...auths]);
};

interface MountTable {
  readonly at: string;
  /** The prefix of a mount's id in the keys of its entries. */
  readonly group: string;
  /** The prefix of a mount's path, as people write it. */
  readonly prefix: string;
}

const readMounts = async (
  session: OpenBaoSession,
  signal: AbortSignal,
  { at, group, prefix }: MountTable,
): Promise<readonly (readonly [string, string])[]> => {
  try {
    return Object.entries((await session.read(at, { signal })) ?? {}).flatMap(([path, mount]) => {
      const { uuid } = (mount ?? {}) as { readonly uuid?: unknown };
      return typeof uuid === 'string' ? [[`${group}${uuid}`, `${prefix}${path}`] as const] : [];
    });
  } catch (error) {
    if (isKnownFailure(error)) return [];
    throw error;
  }
};
