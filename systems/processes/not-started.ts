import { KnownFailure } from '../../domain/known-failure.js';
import { errorCode } from '../files/storage-failure.js';

/** @param result what execa answered for a program that it could not spawn. */
export const notStarted = (file: string, result: unknown): KnownFailure =>
  new KnownFailure(
    'ProcessNotStarted',
    `${file} could not be started: check that it may be executed, and that a script names its interpreter.`,
    { facts: { code: errorCode(result) ?? errorCode((result as { cause?: unknown }).cause) } },
  );
