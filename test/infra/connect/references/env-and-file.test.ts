import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SecretRef } from '../../../../domain/pair/secret-ref.js';
import { createEnvSource } from '../../../../infra/connect/references/env.js';
import { createFileSource } from '../../../../infra/connect/references/file.js';

describe('env:', () => {
  const source = createEnvSource({ TOKEN: 's.token', EMPTY: '' });

  it('is a variable of the worker', async () => {
    expect(await source.read('env:TOKEN')).toBe('s.token');
  });

  it.each(['env:MISSING', 'env:EMPTY'] as const)('names nothing where %s is not set, or empty', async (ref) => {
    await expect(source.read(ref)).rejects.toMatchObject({
      type: 'SecretMissing',
      retryable: false,
      message: expect.stringContaining(`The reference ${ref} names nothing: set the variable`) as string,
    });
  });
});

describe('file:', () => {
  let folder: string;
  let exposed: SecretRef[];
  const source = createFileSource({ onExposed: (ref) => exposed.push(ref) });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'references-'));
    exposed = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const fileOf = async (content: string | Buffer, mode = 0o600): Promise<SecretRef> => {
    const path = join(folder, 'secret');
    await writeFile(path, content);
    await chmod(path, mode);
    return `file:${path}`;
  };

  it.each([
    ['the line end that an editor puts there', 'hunter2\n', 'hunter2'],
    ['that of another system', 'hunter2\r\n', 'hunter2'],
  ])('is read without %s', async (_, content, secret) => {
    expect(await source.read(await fileOf(content))).toBe(secret);
  });

  it.each(['hunter2', 'two\nlines', 'ends with a space ', 'one end\n\n'])(
    'is otherwise read as it is: %j',
    async (text) => {
      expect(await source.read(await fileOf(text))).toBe(text.replace(/\n$/, ''));
    },
  );

  it('follows links, as those of a Secret that Kubernetes has mounted', async () => {
    await fileOf('hunter2');
    await symlink('secret', join(folder, 'link'));
    expect(await source.read(`file:${join(folder, 'link')}`)).toBe('hunter2');
  });

  it('is read although every user may read it, and that is said once', async () => {
    const ref = await fileOf('hunter2', 0o644);
    expect(await source.read(ref)).toBe('hunter2');
    await source.read(ref);
    expect(exposed).toEqual([ref]);
  });

  it('may be read by every user where it holds certificates only', async () => {
    await source.read(await fileOf('-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n', 0o644));
    expect(exposed).toEqual([]);
  });

  it('is refused where every user may write it', async () => {
    await expect(source.read(await fileOf('hunter2', 0o602))).rejects.toMatchObject({
      type: 'SecretFileExposed',
      message: expect.stringMatching(/^Every user of this machine may write the file .*chmod o-w\.$/) as string,
    });
  });

  it.each([
    ['empty', '\n', 'the file is empty'],
    ['larger than any secret', Buffer.alloc(1024 * 1024 + 1, 'x'), 'it has more than 1.0 MiB'],
    ['not text', Buffer.from([0x68, 0xff, 0xfe]), 'it is not text in UTF-8'],
    ['binary', 'hunter2\0more', 'it is not text'],
  ])('cannot be used when it is %s', async (_, content, why) => {
    const failure: unknown = await source.read(await fileOf(content)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'SecretUnusable', message: expect.stringContaining(why) as string });
    expect(String(failure)).not.toContain('hunter2');
  });

  it('is no folder and no pipe', async () => {
    await promisify(execFile)('mkfifo', [join(folder, 'pipe')]);
    for (const path of [folder, join(folder, 'pipe')]) {
      await expect(source.read(`file:${path}`)).rejects.toMatchObject({ type: 'SecretUnusable' });
    }
  });

  it('names nothing where there is no file', async () => {
    await expect(source.read(`file:${folder}/none`)).rejects.toMatchObject({
      type: 'SecretMissing',
      message: `The reference file:${folder}/none names nothing: put the file there.`,
    });
  });

  it.skipIf(process.getuid?.() === 0)('that this user may not read is said to be so', async () => {
    await expect(source.read(await fileOf('hunter2', 0o000))).rejects.toMatchObject({ type: 'SecretNotReadable' });
  });

  it('is not read beyond what it may have, where a file does not say its size', async () => {
    await expect(source.read('file:/proc/self/mountinfo')).resolves.toContain('/proc');
  });
});
