import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const docs = await readFile(new URL('../../docs/cutover.md', import.meta.url), 'utf8');
const [, example = ''] = /```sh\n(#!\/bin\/sh\n.*?)```/s.exec(docs) ?? [];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docs-cutover-'));
  await writeFile(join(folder, 'move'), example, { mode: 0o755 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const move = (counter: number, to: string) =>
  promisify(execFile)(join(folder, 'move'), {
    env: {
      PATH: '/usr/bin:/bin',
      HOME: folder,
      OPENBAO_DR_FENCING_COUNTER: String(counter),
      OPENBAO_DR_CLIENTS_HOST: 'bao.example.com',
      OPENBAO_DR_TO_HOST: `bao-${to}.example.com`,
      OPENBAO_DR_TO_ADDRESS: `https://${to}:443`,
    },
  });
const name = () => readFile(join(folder, 'clients-name', 'name'), 'utf8');

describe('the example of a program that moves the clients', () => {
  it('moves them there and back, also when it is repeated', async () => {
    await move(1_000, 'target');
    expect(await name()).toBe('bao.example.com bao-target.example.com https://target:443\n');
    await move(1_001, 'source');
    await move(1_001, 'source');
    expect(await name()).toContain('bao-source.example.com');
  });

  it('refuses a move that another has overtaken', async () => {
    await move(1_001, 'source');
    await expect(move(1_000, 'target')).rejects.toMatchObject({
      code: 1,
      stderr: 'move 1000 was overtaken by move 1001\n',
    });
    expect(await name()).toContain('bao-source.example.com');
  });
});
