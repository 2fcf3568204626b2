/** The last lines of a log usually say why a server did not come up; logs may be too long to be read whole. */
import { open } from 'node:fs/promises';
import { errorCode } from '../files/storage-failure.js';

const longestTailBytes = 64 * 1024;

/** Returns at most `maxLines` last lines, from at most the last 64 KiB of the file; '' if there is no such file. */
export const readLogTail = async (file: string, maxLines = 20): Promise<string> => {
  const log = await open(file, 'r').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (log === undefined) return '';
  try {
    const { size } = await log.stat();
    const start = Math.max(0, size - longestTailBytes);
    const { buffer, bytesRead } = await log.read({ buffer: Buffer.alloc(size - start), position: start });
    const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n');
    // Started in the middle of a line, perhaps of a character.
    if (start > 0 && lines.length > 1) lines.shift();
    return lines.slice(-maxLines).join('\n');
  } finally {
    await log.close();
  }
};
