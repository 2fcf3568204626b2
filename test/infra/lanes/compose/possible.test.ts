import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertEngine } from '../../../../infra/lanes/compose/machine/engine.js';
import type { FoundTool } from '../../../../systems/tools/index.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openbao-dr-possible-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Stands in for docker's command line: what it says of the engine and of Compose. */
const docker = async (script: string) => {
  const path = join(folder, 'docker');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  const found: FoundTool = { tool: 'docker', path, version: '28.0.0', source: 'path' };
  return { tools: { ensure: async () => found }, environment: { PATH: process.env['PATH'] } };
};

/** One that answers all that is asked of it. */
const engineOf = ({ version = '28.0.0', rootFolder = '/nowhere' }) =>
  [
    `case "$1 $3" in`,
    `"version {{json .}}") echo '{"Server":{"Version":"${version}"}}';;`,
    `"info {{json .}}") echo '{"Name":"here","OperatingSystem":"Debian","MemTotal":1,"DockerRootDir":"${rootFolder}"}';;`,
    'esac',
  ].join('\n');
const engine = engineOf({});
const compose = '[ "$1" = compose ] && echo 2.40.3; exit 0';

describe('a compose lane', () => {
  it('is not possible without an engine, and says so before anything is made', async () => {
    const options = await docker('echo "Cannot connect to the Docker daemon" >&2; exit 1');
    await expect(assertEngine(options)).rejects.toMatchObject({
      type: 'DockerUnreachable',
      message: expect.stringContaining('Cannot connect to the Docker daemon') as string,
    });
  });

  it('is not possible without Compose, or with an old one', async () => {
    const none = `${engine}; [ "$1" = compose ] && { echo "docker: 'compose' is not a docker command." >&2; exit 1; }; exit 0`;
    await expect(assertEngine(await docker(none))).rejects.toMatchObject({ type: 'ComposeMissing' });
    const old = `${engine}; [ "$1" = compose ] && echo 2.10.0; exit 0`;
    await expect(assertEngine(await docker(old))).rejects.toMatchObject({ type: 'ComposeTooOld' });
  });

  it('is not possible on an engine that is too old', async () => {
    for (const version of ['19.03.15', '20.9.1']) {
      await expect(assertEngine(await docker(`${engineOf({ version })}\n${compose}`))).rejects.toMatchObject({
        type: 'EngineTooOld',
        message: `The container engine ${version} is too old: install 20.10 or newer`,
      });
    }
  });

  // There is no room at all in the kernel's own file system.
  it.skipIf(process.platform !== 'linux')(
    'is not possible where the engine has no room (skipped where there is no /proc)',
    async () => {
      await expect(
        assertEngine(await docker(`${engineOf({ rootFolder: '/proc' })}\n${compose}`)),
      ).rejects.toMatchObject({
        type: 'DiskFull',
        message: expect.stringContaining('Only 0 bytes are free at /proc, where the container engine keeps') as string,
      });
    },
  );

  it.each(['28.0.0', '20.10.24+dfsg1', 'dev'])('is possible with both, the engine being %s', async (version) => {
    await expect(assertEngine(await docker(`${engineOf({ version })}\n${compose}`))).resolves.toBeUndefined();
  });
});
