/** Keeps state as JSON that people can read; a damaged file is named, and its content never guessed. */
import { deepestJson, isDeeperThan } from '../../domain/json/json-depth.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { readPrivateFile, writePrivateFile } from './private-file.js';

/**
 * Reads a JSON file through `parse`, which throws if the value has not the expected shape.
 *
 * @returns `undefined` if there is no such file.
 * @throws KnownFailure `FileTooLarge`.
 * @throws KnownFailure `CorruptedState`: not JSON, or `parse` threw.
 */
export const readJsonFile = async <T>(path: string, parse: (value: unknown) => T): Promise<T | undefined> => {
  const text = await readPrivateFile(path);
  if (text === undefined) return undefined;
  if (isDeeperThan(text, deepestJson)) throw corrupted(path, 'is nested deeper than anything that the program writes');
  // Causes are dropped on purpose: the messages of JSON.parse and of validators quote the content, which may be secret.
  const value = attempt(
    () => JSON.parse(text) as unknown,
    () => corrupted(path, 'is not valid JSON'),
  );
  return attempt(
    () => parse(value),
    () => corrupted(path, 'does not hold what it should'),
  );
};

/**
 * Writes a JSON file of mode 0600, atomically.
 *
 * @throws KnownFailure `DiskFull` or `NotWritable`.
 */
export const writeJsonFile = (path: string, value: unknown): Promise<void> =>
  writePrivateFile(path, `${JSON.stringify(value, undefined, 2)}\n`);

const attempt = <T>(action: () => T, failure: () => KnownFailure): T => {
  try {
    return action();
  } catch {
    throw failure();
  }
};

const corrupted = (path: string, why: string): KnownFailure =>
  new KnownFailure('CorruptedState', `${path} ${why}: restore it from a copy, or remove it to start afresh.`);
