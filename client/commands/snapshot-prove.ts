/** `openbao-dr snapshot prove`: whether the snapshots in a bucket could be restored with the seal key of today. */
import { KnownFailure } from '../../domain/known-failure.js';
import { assertSealToken } from '../../systems/openbao/seal-token.js';
import { type BucketOptions, openBucketSource } from '../bucket-source.js';
import { type Context, type ExitCode, writeJson, writeLine } from '../context.js';
import { proveSnapshots, type SnapshotProof } from '../prove-snapshots.js';
import { openTransitSource, type TransitOptions } from '../transit-source.js';
import { renderProofs } from '../views/proofs.js';
import { paintFor } from '../views/text.js';

export interface SnapshotProveOptions extends BucketOptions, TransitOptions {
  readonly json?: boolean;
}

/** What `--json` prints. */
export interface ProvedSnapshots {
  /** Name of the seal key they were proved with. */
  readonly sealKey: string;
  readonly snapshots: readonly SnapshotProof[];
}

/**
 * Answers 0 if today's key opens all of them, 1 if one could not be used any more, 2 if that could not be told of one.
 *
 * @param prefix `s3://bucket/prefix`.
 * @throws KnownFailure `NoSnapshots`, `TransitUnreachable`, `SealTokenRefused`, or as the sources and the store do.
 */
export const runSnapshotProve = async (
  context: Context,
  prefix: string | undefined,
  { json = false, ...options }: SnapshotProveOptions,
): Promise<ExitCode> => {
  const { stdout, stderr, environment, interruption } = context;
  const signal = interruption.first;
  const { session, seal } = await openTransitSource(context, options);
  const { store, key } = await openBucketSource(context, prefix ?? '', options);
  try {
    // Once before all: with a Transit that is away, every archive would be read in vain.
    await assertSealToken(session, seal, signal);
    const onProgress = (done: number, total: number): void => {
      if (stderr.isTTY === true) writeLine(stderr, `${done + 1} of ${total} snapshots …`);
    };
    const proofs = await proveSnapshots({ store, prefix: key, session, seal, signal, onProgress });
    if (proofs.length === 0) {
      const sentence = `There is no snapshot under ${prefix}: name a prefix of keys that end with .snap.`;
      throw new KnownFailure('NoSnapshots', sentence);
    }
    if (json) writeJson(stdout, { sealKey: seal.keyName, snapshots: proofs } satisfies ProvedSnapshots);
    else
      writeLine(
        stdout,
        renderProofs({ proofs, keyName: seal.keyName, now: new Date() }, paintFor(stdout, environment)),
      );
    return exitCodeFor(proofs);
  } finally {
    store.close();
  }
};

/** A snapshot that is lost is a finding, whatever else could not be looked at. */
const exitCodeFor = (proofs: readonly SnapshotProof[]): ExitCode => {
  const verdicts = proofs.map(({ verdict }) => verdict);
  if (verdicts.includes('unusable')) return 1;
  return verdicts.includes('unknown') ? 2 : 0;
};
