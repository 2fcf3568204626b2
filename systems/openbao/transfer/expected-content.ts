/** A snapshot is bound by size and SHA-256: what differs is never restored. */
import { createHash } from 'node:crypto';
import { type Readable } from 'node:stream';
import { KnownFailure } from '../../../domain/known-failure.js';

export interface ExpectedContent {
  /** Hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Keeps count of content as it passes, and says at its end whether it is what was expected. */
export const createContentCheck = ({ sha256, sizeBytes }: ExpectedContent): ContentCheck => {
  const hash = createHash('sha256');
  let seenBytes = 0;
  const changed = (what: string) =>
    new KnownFailure(
      'SnapshotChanged',
      `The snapshot's ${what} is not the one recorded with it, so it was not submitted: find out what changed it.`,
      { facts: { expectedBytes: sizeBytes, seenBytes } },
    );
  return {
    see: (chunk) => {
      hash.update(chunk);
      seenBytes += chunk.length;
      if (seenBytes > sizeBytes) throw changed('size');
    },
    end: () => {
      if (seenBytes !== sizeBytes) throw changed('size');
      if (hash.digest('hex') !== sha256.toLowerCase()) throw changed('SHA-256');
    },
  };
};

/** Both throw KnownFailure `SnapshotChanged`. */
export interface ContentCheck {
  see(chunk: Buffer): void;
  end(): void;
}

/**
 * Reads a snapshot to its end without sending it anywhere. Worth a pass of its own before a restore: the digest gate alone
 * cannot keep OpenBao from restoring another snapshot that was padded to the size of this one.
 *
 * @throws KnownFailure `SnapshotChanged`: size or SHA-256 differ; or the source's own error.
 */
export const verifyContent = async (body: Readable, expected: ExpectedContent): Promise<void> => {
  const check = createContentCheck(expected);
  for await (const chunk of body as AsyncIterable<Buffer>) check.see(chunk);
  check.end();
};
