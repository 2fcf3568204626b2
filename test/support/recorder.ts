/** Programs that write down how they were called. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const emptyFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-recorder-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

export interface Recording {
  readonly args: readonly string[];
  readonly input: string;
  readonly env: Readonly<Record<string, string>>;
  /** What was in the file named by `--patch-file`. */
  readonly patch?: string;
}

/** A program that writes down how it was called, and then prints and ends as told. */
export const recorder = async ({ stdout = '', stderr = '', exitCode = 0 } = {}): Promise<{
  readonly file: string;
  readonly folder: string;
  readonly calls: () => Promise<readonly Recording[]>;
}> => {
  const folder = await emptyFolder();
  const file = join(folder, 'program.cjs');
  const calls = join(folder, 'calls');
  const body = `
    const fs = require('fs');
    const args = process.argv.slice(2);
    const at = args.indexOf('--patch-file');
    const patch = at < 0 ? undefined : fs.readFileSync(args[at + 1], 'utf8');
    const call = { args, input: fs.readFileSync(0, 'utf8'), env: process.env, patch };
    fs.appendFileSync(${JSON.stringify(calls)}, JSON.stringify(call) + '\\n');
    fs.writeSync(1, ${JSON.stringify(stdout)});
    fs.writeSync(2, ${JSON.stringify(stderr)});
    process.exit(${exitCode});`;
  await writeFile(file, `#!${process.execPath}\n${body}\n`, { mode: 0o755 });
  return {
    file,
    folder,
    calls: async () =>
      (await readFile(calls, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Recording),
  };
};
