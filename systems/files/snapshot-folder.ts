/** A folder that holds snapshots, read as a bucket is: nothing in it is changed. */
import { constants, type Dir, type Stats } from 'node:fs';
import { type FileHandle, open, opendir, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { KnownFailure } from '../../domain/known-failure.js';
import { groupDigits } from '../../domain/units.js';
import { errorCode } from './storage-failure.js';

export interface FolderFile {
  /** Below the folder, with `/` between its parts. */
  readonly key: string;
  readonly sizeBytes: number;
  /** ISO 8601: when it was last written. */
  readonly storedAt: string;
}

export interface FolderFileHead {
  readonly sizeBytes: number;
  /** Names this very content: a file that was replaced or written again has another one. */
  readonly etag: string;
  readonly storedAt: string;
}

export interface FolderDownload {
  readonly key: string;
  /** Only this content will do. Default: whatever is there. */
  readonly etag?: string;
  readonly signal?: AbortSignal;
}

export interface SnapshotFolder {
  /**
   * Goes through all files below the folder whose key begins with this, in no order. Links to files count as files; folders that are
   * links are not entered.
   *
   * @throws KnownFailure `FolderNotReadable`: the folder, or one below it. An error is never an empty folder.
   */
  objects(prefix: string, signal?: AbortSignal): AsyncIterable<FolderFile>;
  /** Undefined if there is no such file. @throws KnownFailure `FileNotReadable`. */
  head(key: string): Promise<FolderFileHead | undefined>;
  /** @throws KnownFailure `FileNotReadable`; `ObjectMissing`; `ObjectChanged` if it has another etag. */
  download(request: FolderDownload): Promise<{ readonly body: Readable } & FolderFileHead>;
}

/** Fewer and larger pieces are read about twice as fast. */
const chunkBytes = 1024 * 1024;
const deepest = 16;
const mostFiles = 10_000_000;
/** The file system's own, which only root may read. */
const notOurs = 'lost+found';

export const createSnapshotFolder = (folder: string): SnapshotFolder => {
  const root = resolve(folder);

  const pathOf = (key: string): string => {
    const path = resolve(root, key);
    if (path.startsWith(root === sep ? sep : `${root}${sep}`)) return path;
    throw new KnownFailure('FileNotReadable', `${key} is not below ${root}: name a file of that folder.`);
  };

  const head = async (key: string): Promise<FolderFileHead | undefined> => {
    const opened = await openFile(pathOf(key));
    await opened?.file.close();
    return opened === undefined ? undefined : headOf(opened.stats);
  };

  return {
    head,
    async *objects(prefix, signal) {
      let count = 0;
      for await (const { path, stats } of filesIn(root, 0)) {
        signal?.throwIfAborted();
        count += 1;
        if (count > mostFiles) throw folderNotReadable(root, `holds more than ${groupDigits(mostFiles)} files`);
        const key = relative(root, path).replaceAll(sep, '/');
        if (key.startsWith(prefix)) yield { key, sizeBytes: stats.size, storedAt: stats.mtime.toISOString() };
      }
    },
    download: async ({ key, etag, signal }) => {
      const path = pathOf(key);
      const opened = await openFile(path);
      if (opened === undefined) {
        throw new KnownFailure('ObjectMissing', `The file ${path} is missing: check the folder and the name.`);
      }
      const found = headOf(opened.stats);
      if (etag !== undefined && etag !== found.etag) {
        await opened.file.close();
        throw new KnownFailure('ObjectChanged', `${path} was replaced while it was in use: find out by whom.`);
      }
      return { ...found, body: bytesOf(opened.file, path, signal) };
    },
  };
};

interface OpenedFile {
  readonly file: FileHandle;
  readonly stats: Stats;
}

async function* filesIn(folder: string, depth: number): AsyncGenerator<{ path: string; stats: Stats }> {
  for await (const entry of await openFolder(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < deepest && entry.name !== notOurs) yield* filesIn(path, depth + 1);
    if (!entry.isFile() && !entry.isSymbolicLink()) continue;
    // A file may go while the folder is read, and a link may lead nowhere.
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isFile() === true) yield { path, stats };
  }
}

const openFolder = async (path: string): Promise<Dir> => {
  try {
    return await opendir(path, { bufferSize: 256 });
  } catch (error) {
    throw folderNotReadable(path, 'cannot be read', error);
  }
};

/** Undefined if the name does not exist. */
const openFile = async (path: string): Promise<OpenedFile | undefined> => {
  let file: FileHandle;
  try {
    // A pipe that nothing writes to must not hold up its reader.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw fileNotReadable(path, error);
  }
  const stats = await file.stat();
  if (stats.isFile()) return { file, stats };
  await file.close();
  throw new KnownFailure('FileNotReadable', `${path} is no file: name a snapshot.`);
};

const headOf = ({ size, mtime, mtimeMs, ino }: Stats): FolderFileHead => ({
  sizeBytes: size,
  etag: `"${ino}-${mtimeMs}-${size}"`,
  storedAt: mtime.toISOString(),
});

/** Closes the file, however reading it ends. */
const bytesOf = (file: FileHandle, path: string, signal: AbortSignal | undefined): Readable => {
  const stream = file.createReadStream({ highWaterMark: chunkBytes, ...(signal !== undefined && { signal }) });
  const bytes = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* stream as AsyncIterable<Buffer>;
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : fileNotReadable(path, error);
    }
  };
  const body = Readable.from(bytes(), { objectMode: false });
  // A stream that is destroyed before it is read never enters the generator.
  body.once('close', () => stream.destroy());
  // The reader learns of an abort before the first byte by itself.
  stream.once('error', () => undefined);
  return body;
};

const folderNotReadable = (path: string, why: string, cause?: unknown): KnownFailure =>
  new KnownFailure('FolderNotReadable', `The folder ${path} ${why}: check the path and its permissions.`, {
    facts: { code: errorCode(cause) },
    cause,
  });

const fileNotReadable = (path: string, cause: unknown): KnownFailure =>
  new KnownFailure('FileNotReadable', `${path} cannot be read: check the path and its permissions.`, {
    facts: { code: errorCode(cause) },
    cause,
  });
