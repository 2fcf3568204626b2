import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createClusters } from '../../../infra/connect/clusters.js';
import { createMaterials } from '../../../infra/state/materials.js';
import { openStateFolder } from '../../../infra/state/state-folder.js';
import { type FoundTool } from '../../../systems/tools/index.js';
import { recorder } from '../../support/recorder.js';

const environment = { PATH: process.env['PATH'], KUBECONFIG: '/home/somebody/kubeconfig' };

const clusters = async () => {
  const { file, folder, calls } = await recorder({ stdout: 'ok' });
  const stateFolder = await openStateFolder(join(folder, 'state'));
  const materials = createMaterials(stateFolder);
  const kubectl: FoundTool = { tool: 'kubectl', path: file, version: '1.36.4', source: 'path' };
  return {
    clusters: createClusters({ tools: { ensure: async () => kubectl }, materials, environment, folder }),
    materials,
    calls,
  };
};

describe('clusters of a topology', () => {
  it('are reached with the kubeconfig that the lane holds', async () => {
    const { clusters: resolve, materials, calls } = await clusters();
    await materials.write('lane:lab/source.kubeconfig', 'kind: Config');
    const cluster = await resolve.at({ context: 'k3d-source', kubeconfig: 'lane:lab/source.kubeconfig' });
    expect(cluster.context).toBe('k3d-source');
    expect(await cluster.raw('/readyz')).toBe('ok');
    const file = (await calls())[0]?.env['KUBECONFIG'] ?? '';
    expect(file).toBe(await materials.fileOf('lane:lab/source.kubeconfig'));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('are reached with the kubeconfig of the user where the access names none', async () => {
    const { clusters: resolve, calls } = await clusters();
    await (await resolve.at({ context: 'production' })).raw('/readyz');
    const [call] = await calls();
    expect(call?.env['KUBECONFIG']).toBe('/home/somebody/kubeconfig');
    expect(call?.args.slice(0, 2)).toEqual(['--context', 'production']);
  });

  it('are not reached when the kubeconfig is not on this machine', async () => {
    const { clusters: resolve } = await clusters();
    await expect(resolve.at({ context: 'k3d-source', kubeconfig: 'lane:lab/none' })).rejects.toMatchObject({
      type: 'MaterialMissing',
      retryable: true,
      message: expect.stringContaining('lane:lab/none') as string,
    });
  });
});
