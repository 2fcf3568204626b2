import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answers, connectClient, readClusterId } from '../../../systems/temporal/connect.js';
import { connectWorker } from '../../../systems/temporal/connect-worker.js';
import { settingsOfOwnServer } from '../../../systems/temporal/connection-settings.js';
import { ensureSearchAttributes } from '../../../systems/temporal/ensure-search-attributes.js';
import { startTestTemporal, type TestTemporal } from '../../support/servers/temporal.js';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(() => temporal.stop());

const listening = async <S extends Server>(server: S): Promise<{ address: string; close: () => void }> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
};

/** Servers that are there and are not Temporal. */
const silent = () => listening(createServer());
const speaksHttp = () => listening(createHttpServer((_, response) => response.writeHead(404).end()));

describe.each([
  ['connectClient', connectClient],
  ['connectWorker', connectWorker],
])('%s', (_, connect) => {
  it('connects to a server that has the namespace', async () => {
    const connected = await connect(temporal.settings);
    await connected.close();
  });

  it('names the namespace that is missing', async () => {
    await expect(connect({ ...temporal.settings, namespace: 'nope' })).rejects.toMatchObject({
      type: 'NamespaceMissing',
      message: expect.stringContaining('temporal operator namespace create --namespace nope') as string,
    });
  });

  it('names the address where nothing answers, within its time', async () => {
    const { address, close } = await listening(createServer());
    close();
    const connecting = connect(settingsOfOwnServer(address), { timeoutMs: 1_000 });
    await expect(connecting).rejects.toMatchObject({
      type: 'TemporalUnreachable',
      retryable: true,
      message: expect.stringContaining(`No Temporal server answers at ${address}: start one`) as string,
    });
  });

  it.each([
    ['says nothing', silent],
    ['speaks HTTP', speaksHttp],
  ])('is not taken in by a server that %s', async (_, start) => {
    const { address, close } = await start();
    const connecting = connect(settingsOfOwnServer(address), { timeoutMs: 1_000 });
    await expect(connecting).rejects.toMatchObject({ type: 'TemporalUnreachable' });
    close();
  });
});

describe('answers', () => {
  it('tells a server that refuses from none at all', async () => {
    expect(await answers(temporal.settings, 5_000)).toBe(true);
    expect(await answers({ ...temporal.settings, namespace: 'nope' }, 5_000)).toBe(true);
    expect(await answers(settingsOfOwnServer('127.0.0.1:1'), 300)).toBe(false);
  });
});

describe('readClusterId', () => {
  it('is the same for every connection, clients and workers alike', async () => {
    const id = await readClusterId(temporal.connection, 'default');
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await readClusterId(temporal.native, 'default')).toBe(id);
  });

  it("falls back on the namespace's id where the cluster keeps its own to itself", async () => {
    const { workflowService } = temporal.connection;
    const refusing = Object.create(workflowService, {
      getClusterInfo: { value: async () => Promise.reject(denied) },
    }) as typeof workflowService;
    const id = await readClusterId({ workflowService: refusing }, 'default');
    expect(id).toMatch(/^namespace:[0-9a-f-]{36}$/);
  });
});

const denied = Object.assign(new Error('denied'), { code: 7, details: 'denied', metadata: {} });

describe('ensureSearchAttributes', () => {
  const register = async (namespace: string): Promise<void> => {
    const workflowExecutionRetentionPeriod = { seconds: 86_400 as never };
    await temporal.connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  };
  const names = async (namespace: string): Promise<string[]> => {
    const { customAttributes } = await temporal.connection.operatorService.listSearchAttributes({ namespace });
    return Object.keys(customAttributes ?? {}).filter((name) => name.startsWith('Drill'));
  };

  it('makes what is missing, and may be repeated, by several at once', async () => {
    await register('bare');
    const where = { address: temporal.settings.address, namespace: 'bare' };
    await expect
      .poll(() => ensureSearchAttributes(temporal.connection, where).then(() => 'made', String), { timeout: 20_000 })
      .toBe('made');
    expect((await names('bare')).sort()).toEqual(['DrillLane', 'DrillPhase', 'DrillResult']);
    await Promise.all([
      ensureSearchAttributes(temporal.connection, where),
      ensureSearchAttributes(temporal.native, where),
    ]);
  });

  it.each([
    [
      'a:1',
      'temporal operator search-attribute create --address a:1 --namespace n --name DrillLane --type Keyword --name DrillPhase --type Keyword --name DrillResult --type Keyword`',
    ],
    [
      'n.a1.tmprl.cloud:7233',
      'tcld namespace search-attributes add --namespace n --search-attribute "DrillLane=Keyword" --search-attribute "DrillPhase=Keyword" --search-attribute "DrillResult=Keyword"`, or add them as Keyword in its UI',
    ],
    ['eu-west-1.aws.api.temporal.io:7233', 'tcld namespace search-attributes add --namespace n'],
  ])('has what an administrator of the server at %s does when it may not create them', async (address, advice) => {
    const { workflowService } = temporal.connection;
    const invalid = Object.assign(new Error('no such attribute'), { code: 3, details: '', metadata: {} });
    const connection = {
      workflowService: Object.create(workflowService, {
        countWorkflowExecutions: { value: async () => Promise.reject(invalid) },
      }) as typeof workflowService,
      operatorService: Object.create(temporal.connection.operatorService, {
        addSearchAttributes: { value: async () => Promise.reject(denied) },
      }) as typeof temporal.connection.operatorService,
    };
    await expect(ensureSearchAttributes(connection, { address, namespace: 'n' })).rejects.toMatchObject({
      type: 'SearchAttributesMissing',
      message: expect.stringMatching(/, or set OPENBAO_DR_SEARCH_ATTRIBUTES=none to do without\.$/) as string,
    });
    await expect(ensureSearchAttributes(connection, { address, namespace: 'n' })).rejects.toThrow(advice);
  });

  it('does not wait for ever for an attribute that exists with another type', async () => {
    await register('typed');
    const { operatorService } = temporal.connection;
    const add = () => operatorService.addSearchAttributes({ namespace: 'typed', searchAttributes: { DrillLane: 3 } });
    await expect.poll(() => add().then(() => 'made', String), { timeout: 20_000 }).toBe('made');
    const where = { address: temporal.settings.address, namespace: 'typed' };
    await expect(ensureSearchAttributes(temporal.connection, where, { timeoutMs: 500 })).rejects.toMatchObject({
      type: 'SearchAttributesUnusable',
      message: expect.stringContaining('DrillLane') as string,
    });
  });
});
