import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertEngine } from '../../../infra/compose/open-containers.js';
import type { FoundTool } from '../../../systems/tools/index.js';

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
  return { tools: { ensure: async () => found }, environment: { PATH: process.env['PATH'] }, membership: undefined };
};

/** One that answers all that is asked of it. */
const engine = [
  `case "$1 $3" in`,
  `"version {{json .}}") echo '{"Server":{"Version":"28.0.0"}}';;`,
  `"info {{json .}}") echo '{"Name":"here","OperatingSystem":"Debian","MemTotal":1,"DockerRootDir":"/d","CgroupVersion":"2"}';;`,
  `"info {{json .SecurityOptions}}") echo '[]';;`,
  'esac',
].join('\n');

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

  it('is possible with both', async () => {
    const both = `${engine}; [ "$1" = compose ] && echo 2.40.3; exit 0`;
    await expect(assertEngine(await docker(both))).resolves.toBeUndefined();
  });
});
