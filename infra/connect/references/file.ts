import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { SecretRef } from '../../../domain/pair/secret-ref.js';
import { describeBytes } from '../../../domain/units.js';
import { errorCode } from '../../../systems/files/storage-failure.js';
import {
  mostSecretBytes,
  restOf,
  secretMissing,
  secretNotReadable,
  type SecretSource,
  secretUnusable,
} from './secret-source.js';

export interface FileSourceOptions {
  /** Told once of each file that every user of the machine can read, though it holds more than certificates. */
  readonly onExposed?: ((ref: SecretRef) => void) | undefined;
}

/**
 * `file:/path`, without the one line end that editors and `echo` put behind a secret.
 *
 * A file that any user may write is refused: that user would choose what the worker uses. One that any user may read is used, and said
 * so: Kubernetes mounts Secrets and service accounts' tokens with mode 0644, into containers that have no other users.
 */
export const createFileSource = ({ onExposed }: FileSourceOptions = {}): SecretSource => {
  const exposed = new Set<SecretRef>();
  return {
    async read(ref) {
      const { bytes, stats } = await readFile(ref, restOf(ref));
      const text = textOf(ref, bytes);
      if ((stats.mode & constants.S_IROTH) !== 0 && !holdsCertificatesOnly(text) && !exposed.has(ref)) {
        exposed.add(ref);
        onExposed?.(ref);
      }
      return text;
    },
  };
};

const readFile = async (ref: SecretRef, path: string): Promise<{ readonly bytes: Buffer; readonly stats: Stats }> => {
  let file: FileHandle;
  try {
    // A pipe that nothing writes to must not hold up its reader.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) throw secretMissing(ref, 'put the file there');
    throw secretNotReadable(ref, "check the file's permissions, and which user the worker runs as", error);
  }
  try {
    const stats = await file.stat();
    assertUsable(ref, stats);
    // What is there may be more than the file's size says, as in /proc.
    const { bytesRead, buffer } = await file.read(Buffer.alloc(mostSecretBytes + 1), 0, mostSecretBytes + 1, 0);
    if (bytesRead > mostSecretBytes) throw tooLarge(ref);
    return { bytes: buffer.subarray(0, bytesRead), stats };
  } finally {
    await file.close();
  }
};

const assertUsable = (ref: SecretRef, stats: Stats): void => {
  if (!stats.isFile()) throw secretUnusable(ref, 'name a file');
  if (stats.size > mostSecretBytes) throw tooLarge(ref);
  if ((stats.mode & constants.S_IWOTH) === 0) return;
  throw new KnownFailure(
    'SecretFileExposed',
    `Every user of this machine may write the file of the reference ${ref}, and so choose what is used: take that right away with chmod o-w.`,
  );
};

const tooLarge = (ref: SecretRef): KnownFailure =>
  secretUnusable(ref, `it has more than ${describeBytes(mostSecretBytes)}; name the file that holds nothing else`);

const textOf = (ref: SecretRef, bytes: Buffer): string => {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw secretUnusable(ref, 'it is not text in UTF-8');
  }
  if (text.includes('\0')) throw secretUnusable(ref, 'it is not text');
  const secret = text.replace(/\r?\n$/, '');
  if (secret.trim() === '') throw secretUnusable(ref, 'the file is empty');
  return secret;
};

const holdsCertificatesOnly = (text: string): boolean =>
  text.includes('-----BEGIN CERTIFICATE-----') && !text.includes('PRIVATE');
