/**
 * Keeps what the drill's own client met: `reports/<drill id>/clients.jsonl`, an operation a line, beside the report that
 * was made from it.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ClientJournal } from '../../activities/ports/client-journal.js';
import type { ClientOperation } from '../../domain/recovery/client-operations.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { readPrivateFile } from '../../systems/files/private-file.js';
import { ensurePrivateFolder } from '../../systems/files/private-folder.js';
import { asStorageFailure } from '../../systems/files/storage-failure.js';
import { reportFolder } from './report-store.js';
import type { StateFolder } from './state-folder.js';

/** Ends a line that a crash cut short, so that it is never taken for a damaged one; no JSON ends in it. */
const cutShort = ' #cut-short';

const operationSchema = z.object({
  at: z.iso.datetime(),
  ms: z.number().nonnegative(),
  kind: z.enum(['write', 'read']),
  client: z.enum(['roaming', 'stubborn']),
  sequence: z.number().int().nonnegative(),
  servedBy: z.enum(['source', 'target']).exactOptional(),
  failure: z.string().exactOptional(),
});

export const createClientJournal = (stateFolder: StateFolder): ClientJournal => {
  const file = (drillId: string): string => join(reportFolder(stateFolder, drillId), 'clients.jsonl');
  return {
    /**
     * Adds lines in one write.
     *
     * @throws KnownFailure `DiskFull`, `NotWritable` or `FolderNotUsable`.
     */
    async append(drillId, operations) {
      if (operations.length === 0) return;
      await ensurePrivateFolder(reportFolder(stateFolder, drillId));
      const path = file(drillId);
      const lines = operations.map((operation) => `${JSON.stringify(operation)}\n`).join('');
      try {
        const handle = await open(path, 'a+', 0o600);
        try {
          await handle.writeFile(`${(await isCutShort(handle)) ? `${cutShort}\n` : ''}${lines}`);
        } finally {
          await handle.close();
        }
      } catch (error) {
        throw asStorageFailure(error, path);
      }
    },
    /**
     * In the order in which they were written down; none if there is no journal. A last line that was cut short is as if
     * it had never been.
     *
     * @throws KnownFailure `CorruptedState`: another line is damaged.
     */
    async read(drillId) {
      const path = file(drillId);
      // Of a drill that waited for days it is large, and only this program writes it.
      const lines = ((await readPrivateFile(path, Infinity)) ?? '').split('\n').slice(0, -1);
      return lines.flatMap((line, index) =>
        line === '' || line.endsWith(cutShort) ? [] : [parseLine(path, line, index + 1)],
      );
    },
  };
};

const isCutShort = async (handle: FileHandle): Promise<boolean> => {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== '\n'.charCodeAt(0);
};

const parseLine = (path: string, text: string, line: number): ClientOperation => {
  try {
    return operationSchema.parse(JSON.parse(text));
  } catch {
    throw new KnownFailure(
      'CorruptedState',
      `${path} is damaged: restore it from a copy; what the drill's client met cannot be told without it.`,
      { facts: { line } },
    );
  }
};
