import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionLike } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityPorts } from '../../activities/ports/activity-ports.js';
import { openStateFolder, type StateFolder } from '../../infra/state/state-folder.js';
import type { Environment } from '../../systems/tools/index.js';
import { assembleActivityPorts } from '../../worker/assemble-ports.js';

let folder: string;
let stateFolder: StateFolder;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assemble-ports-'));
  stateFolder = await openStateFolder(join(folder, 'state'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const portsWith = (environment: Environment): ActivityPorts =>
  assembleActivityPorts({
    stateFolder,
    tools: { ensure: () => Promise.reject(new Error('no tool')) } as never,
    environment,
    connection: {} as Pick<ConnectionLike, 'workflowService'>,
    temporalClusterId: 'cluster',
    version: '0.0.0',
    taskQueue: 'openbao-dr',
  });

describe('the ports of a worker', () => {
  it('resolve references that its administrator allows, and hide what they stand for', async () => {
    const ports = portsWith({ OPENBAO_DR_ALLOWED_REFERENCES: 'env:BACKUP_*', BACKUP_TOKEN: 'hunter2-hunter2' });
    expect(await ports.references.read('env:BACKUP_TOKEN')).toBe('hunter2-hunter2');
    expect(ports.secrets.hideIn('It said hunter2-hunter2.')).toBe('It said [hidden].');
    await expect(ports.references.read('env:HOME')).rejects.toMatchObject({ type: 'ReferenceNotAllowed' });
  });

  it('resolve what lanes keep without being told', async () => {
    const ports = portsWith({});
    await ports.materials.write('lane:local/ca', 'PEM');
    expect(await ports.references.read('lane:local/ca')).toBe('PEM');
  });

  it('read from the secret stores of a plan that names some', async () => {
    const ports = portsWith({ OPENBAO_DR_ALLOWED_REFERENCES: 'openbao:kv/*,env:TOKEN', TOKEN: 'x-token' });
    const credential = { method: 'token', token: 'env:TOKEN' } as const;
    const connections = ports.connectionsWith({ openbao: { address: 'https://localhost:1', credential } });
    await expect(connections.references.read('openbao:kv/a#b')).rejects.toMatchObject({ type: 'OpenBaoUnreachable' });
    await expect(ports.references.read('openbao:kv/a#b')).rejects.toMatchObject({ type: 'SecretStoreMissing' });
  });

  it('are not assembled where the allowance cannot be read', () => {
    expect(() => portsWith({ OPENBAO_DR_ALLOWED_REFERENCES: 'everything' })).toThrow(
      expect.objectContaining({ type: 'InvalidAllowance' }),
    );
  });
});
