import { describe, expect, it } from 'vitest';
import { assertOwnVolumes, volumeOptions } from '../../../../../infra/lanes/compose/machine/volumes.js';
import type { ProgramAnswer } from '../../../../../systems/processes/program.js';

const paths = { service: (name: string) => `/state/lanes/compose/services/${name}` };
const asked: (readonly string[])[] = [];
/** Of an engine whose client answers this. */
const look = (answer: Partial<ProgramAnswer>) =>
  assertOwnVolumes({
    program: async ({ args }) => {
      asked.push(args);
      return { exitCode: 0, timedOut: false, stdout: '[]', stderr: '', ...answer };
    },
    project: 'openbao-dr-compose',
    paths,
  });
const volume = (service: 'source' | 'target', options: object | null) => ({
  Name: `openbao-dr-compose_${service}`,
  Options: options,
});
const missing = 'Error response from daemon: get openbao-dr-compose_source: no such volume\n';

describe('the volumes of a lane', () => {
  it('are looked at by their names, one a service', async () => {
    await look({ exitCode: 1, stderr: missing });
    expect(asked[0]?.slice(0, 4)).toEqual([
      'volume',
      'inspect',
      'openbao-dr-compose_infra',
      'openbao-dr-compose_source',
    ]);
    expect(asked[0]).toHaveLength(10);
  });

  it('may be there as this lane makes them, all or some of them', async () => {
    const own = JSON.stringify([volume('source', volumeOptions(paths, 'source'))]);
    await expect(look({ stdout: own })).resolves.toBeUndefined();
    await expect(look({ stdout: own, exitCode: 1, stderr: missing })).resolves.toBeUndefined();
  });

  it.each([
    ['another folder', { ...volumeOptions(paths, 'target'), device: '/elsewhere' }],
    ['no folder', null],
  ])('may not be another of %s', async (_, options) => {
    const found = [volume('source', volumeOptions(paths, 'source')), volume('target', options)];
    await expect(look({ stdout: JSON.stringify(found) })).rejects.toMatchObject({
      type: 'VolumeDiffers',
      message: expect.stringMatching(
        /openbao-dr-compose_target is not this lane's.*compose --project-name openbao-dr-compose down --volumes/,
      ) as string,
    });
  });

  it('are not taken for missing when the engine does not answer', async () => {
    const stderr = `${missing}Cannot connect to the Docker daemon at unix:///run/docker.sock\n`;
    await expect(look({ exitCode: 1, stderr })).rejects.toMatchObject({ type: 'DockerUnreachable' });
  });
});
