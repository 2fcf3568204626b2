/**
 * Opens a snapshot archive without any key: gzip of a tar with OpenBao's four members. It checks what OpenBao checks before
 * it restores (gzip and tar whole, members known and complete, both checksums right), and also that nothing follows.
 * Whether the seal opens it is for the seal to say. An archive that was packed once more, as by a script, is read all the same.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { SnapshotEntry } from './entries.js';
import { gunzip } from './gunzip.js';
import { createMembersReader, type MembersOptions, type SnapshotContent } from './members.js';
import { lookInto } from './packed-again.js';

export type { SnapshotEntry } from './entries.js';

export interface SnapshotSummary extends SnapshotContent {
  /** The size of the archive as it was read. */
  readonly sizeBytes: number;
  /** SHA-256 of the archive as it was read, hex. */
  readonly sha256: string;
}

export interface OpenSnapshot {
  /**
   * The state's entries in batches, in the order of the archive; memory stays flat whatever the size. Nothing is read before
   * this is iterated, which has to be to its end and can be once: it ends only once the archive was found whole. Breaking off
   * destroys the archive.
   *
   * @throws KnownFailure for which `isSnapshotFailure` holds: the archive is damaged. The archive's own error as it is.
   */
  readonly entries: AsyncIterable<readonly SnapshotEntry[]>;
  /** Resolves once the archive was found whole; rejects as {@link entries} does. Safe to leave unheard. */
  readonly summary: Promise<SnapshotSummary>;
}

export interface OpenSnapshotOptions {
  /** False: the state is only hashed, and nothing is said of its entries. Default: true. */
  readonly entries?: boolean;
  /** False: `valueSha256` is left empty, which is several times as fast for small values. Default: true. */
  readonly digests?: boolean;
}

/** Entries may be a few bytes long, and take far more memory than that once they are read: a batch holds those of so much. */
const SLICE_BYTES = 64 * 1024;

/** @param archive is consumed or destroyed, once iterating began. */
export const openSnapshot = (
  archive: Readable,
  { entries = true, digests = true }: OpenSnapshotOptions = {},
): OpenSnapshot => {
  // The stream may fail before it is read; a later reader still gets the failure.
  archive.on('error', () => undefined);
  const outcome = createOutcome();
  let begun = false;
  return {
    entries: {
      [Symbol.asyncIterator]() {
        if (begun) throw new Error('A snapshot can be read only once');
        begun = true;
        return readBatches(archive, { entries, digests }, outcome);
      },
    },
    summary: outcome.promise,
  };
};

async function* readBatches(
  archive: Readable,
  options: MembersOptions,
  outcome: Outcome,
): AsyncGenerator<readonly SnapshotEntry[], void> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const members = createMembersReader(options);
  const note = (chunk: Buffer): void => {
    hash.update(chunk);
    sizeBytes += chunk.length;
  };
  const looked = await lookInto(archive);
  const unpacked = looked.packedAgain
    ? gunzip(Readable.from(gunzip(looked.archive, note), { objectMode: false }), () => undefined)
    : gunzip(looked.archive, note);
  try {
    for await (const chunk of unpacked) {
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
        const batch = members.write(chunk.subarray(at, at + SLICE_BYTES));
        if (batch.length > 0) yield batch;
      }
    }
    outcome.resolve({ ...members.end(), sizeBytes, sha256: hash.digest('hex') });
  } catch (error) {
    outcome.reject(error);
    throw error;
  } finally {
    // No effect unless the reading was broken off.
    outcome.reject(new Error('The snapshot was not read to its end'));
  }
}

interface Outcome {
  readonly promise: Promise<SnapshotSummary>;
  readonly resolve: (summary: SnapshotSummary) => void;
  readonly reject: (error: unknown) => void;
}

const createOutcome = (): Outcome => {
  let resolve!: Outcome['resolve'];
  let reject!: Outcome['reject'];
  const promise = new Promise<SnapshotSummary>((...settle) => ([resolve, reject] = settle));
  promise.catch(() => undefined);
  return { promise, resolve, reject };
};
