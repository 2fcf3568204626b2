/** `openbao-dr snapshot prove`: checks whether the snapshots in a bucket could be restored with the seal key of today. */
import { stat } from 'node:fs/promises';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { ObjectStore } from '../../../systems/object-store/client.js';
import { assertSealToken } from '../../../systems/openbao/seal/seal-token.js';
import { type BucketOptions, openBucketSource } from '../../snapshots/bucket-source.js';
import { type Context, type ExitCode, writeJson, writeLine } from '../../cli/context.js';
import { proveSnapshots, type SnapshotProof } from '../../snapshots/prove-snapshots.js';
import { openSnapshotSource } from '../../snapshots/snapshot-source.js';
import { openTransitSource, type TransitOptions } from '../../snapshots/transit-source.js';
import { renderProofs } from '../../views/proofs.js';
import { paintFor } from '../../views/text.js';

export interface SnapshotProveOptions extends BucketOptions, TransitOptions {
  readonly json?: boolean;
}

/** The output of `--json`. */
export interface ProvedSnapshots {
  /** Name of the seal key that was tried. */
  readonly sealKey: string;
  readonly snapshots: readonly SnapshotProof[];
  /** Keys of files beside snapshots, which were not read. */
  readonly passedOver: readonly string[];
}

/**
 * Returns 0 if today's key opens all of them, 1 if one is no longer usable, 2 if one could not be judged.
 *
 * @param prefix a file, `s3://bucket/key` or `s3://bucket/prefix`.
 * @throws KnownFailure `NoSnapshots`, `TransitUnreachable`, `SealTokenRefused`, or a failure of the sources and the store.
 */
export const runSnapshotProve = async (
  context: Context,
  prefix: string | undefined,
  { json = false, ...options }: SnapshotProveOptions,
): Promise<ExitCode> => {
  const { stdout, stderr, environment, interruption } = context;
  const signal = interruption.first;
  const { session, seal } = await openTransitSource(context, options);
  const { store, key } = await openSource(context, prefix ?? '', options);
  try {
    // Asks Transit once before all: if it is away, every archive would be read in vain.
    await assertSealToken(session, seal, signal);
    const onProgress = (done: number, total: number): void => {
      if (stderr.isTTY === true) writeLine(stderr, `${done + 1} of ${total} snapshots …`);
    };
    const { proofs, passedOver } = await proveSnapshots({ store, prefix: key, session, seal, signal, onProgress });
    if (proofs.length === 0) {
      const sentence = `There is no snapshot under ${prefix}: name the key of one, or a prefix of keys.`;
      throw new KnownFailure('NoSnapshots', sentence);
    }
    if (json) writeJson(stdout, { sealKey: seal.keyName, snapshots: proofs, passedOver } satisfies ProvedSnapshots);
    else {
      const view = { proofs, passedOver, keyName: seal.keyName, now: new Date() };
      writeLine(stdout, renderProofs(view, paintFor(stdout, environment)));
    }
    return exitCodeFor(proofs);
  } finally {
    store.close();
  }
};

interface ProofSource {
  readonly store: Pick<ObjectStore, 'list' | 'download' | 'close'>;
  readonly key: string;
}

/** A file is a bucket of one object. */
const openSource = async (context: Context, what: string, options: SnapshotProveOptions): Promise<ProofSource> => {
  if (what.startsWith('s3:')) return openBucketSource(context, what, options);
  // Here the lane names the Transit.
  const rest = { ...options };
  delete (rest as { lane?: string }).lane;
  const source = await openSnapshotSource(context, what, rest);
  const { size: sizeBytes } = await stat(what);
  return {
    key: what,
    store: {
      list: () => Promise.resolve([{ key: what, sizeBytes }]),
      download: () => Promise.resolve({ body: source.body, sizeBytes, etag: '' }),
      close: () => source.close(),
    },
  };
};

/** A lost snapshot is a finding, even if others could not be judged. */
const exitCodeFor = (proofs: readonly SnapshotProof[]): ExitCode => {
  const verdicts = proofs.map(({ verdict }) => verdict);
  if (verdicts.includes('unusable')) return 1;
  return verdicts.includes('unknown') ? 2 : 0;
};
