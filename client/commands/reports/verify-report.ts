/**
 * `openbao-dr verify-report`: checks that a report is as its drill left it. Needs no state folder, no Temporal and no network.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { KnownFailure } from '../../../domain/known-failure.js';
import { errorCode } from '../../../systems/files/storage-failure.js';
import { type Context, type ExitCode, type GlobalOptions, writeJson, writeLine } from '../../cli/context.js';
import { verifyReport } from '../../reports/report-verification.js';
import { paintFor } from '../../views/text.js';
import { renderVerification } from '../../views/verification.js';

interface VerifyReportOptions extends GlobalOptions {
  readonly publicKey?: string;
  readonly allowEmbeddedKey?: boolean;
  readonly json?: boolean;
}

/** Temporal carries less than 2 MiB of a report, and indenting multiplies it by a small factor. */
const mostReportBytes = 16 * 1024 * 1024;
const mostKeyBytes = 64 * 1024;

export const runVerifyReport = async (
  context: Context,
  file: string | undefined,
  { publicKey, allowEmbeddedKey = false, json = false }: VerifyReportOptions,
): Promise<ExitCode> => {
  const path = file ?? '';
  const trustedKey = publicKey === undefined ? undefined : await readInput(publicKey, 'public key', mostKeyBytes);
  const verification = verifyReport(await readInput(path, 'report', mostReportBytes), path, trustedKey?.toString());
  if (json) writeJson(context.stdout, verification);
  else writeLine(context.stdout, renderVerification(verification, paintFor(context.stdout, context.environment)));
  return verification.verified && (verification.trusted || allowEmbeddedKey) ? 0 : 1;
};

/** @throws KnownFailure `FileNotReadable`, or `FileTooLarge`. */
const readInput = async (path: string, what: string, mostBytes: number): Promise<Buffer> => {
  try {
    // A pipe without a writer would never open.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw notReadable(path, what, 'is not a file');
      if (stats.size > mostBytes) {
        throw new KnownFailure('FileTooLarge', `The ${what} ${path} is larger than any ${what}: name another file.`, {
          facts: { sizeBytes: stats.size, mostBytes },
        });
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw notReadable(path, what, 'does not exist', code);
    if (code === 'EACCES' || code === 'EPERM') throw notReadable(path, what, 'may not be read by this user', code);
    throw error;
  }
};

const notReadable = (path: string, what: string, why: string, code?: string): KnownFailure =>
  new KnownFailure('FileNotReadable', `The ${what} ${path} ${why}: name the file.`, { facts: { code } });
