import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { materialRef } from '../../../../infra/lanes/made/lane-materials.js';
import { laneLabel } from '../../../../infra/lanes/k3d/objects/own-objects.js';
import { createObjectStore } from '../../../../systems/object-store/client.js';
import { type DockerRun, runCommand } from '../../../../systems/docker/docker.js';
import { startS3Server, type TestS3Server } from '../../../support/servers/s3-server.js';
import { createTestK3dLane, optionsFor, type TestK3dLane } from './test-lane.js';

const image = 'rustfs/rustfs:1.0.5';
const container = 'openbao-dr-rustfs';

let s3: TestS3Server;
let test: TestK3dLane;
let published: Server;
let run: DockerRun | undefined;

beforeAll(async () => {
  s3 = await startS3Server();
});
afterAll(() => s3[Symbol.asyncDispose]());

/** What RustFS in a container would be: a real S3 server with its owner's keys, which answers at RustFS's path for its health. */
const publish = (): Server => {
  const { port } = new URL(s3.access.endpoint);
  return createServer((asked, answer) => {
    if (asked.url === '/health') return void answer.end('{}');
    const { method, headers, url: path } = asked;
    const forwarded = request({ host: '127.0.0.1', port, method, headers, path }, (from) => {
      answer.writeHead(from.statusCode ?? 500, from.headers);
      from.pipe(answer);
    });
    asked.pipe(forwarded.on('error', () => answer.destroy()));
  });
};

const makeLane = async (options = optionsFor()): Promise<void> => {
  test = await createTestK3dLane(options);
  await test.make('network');
  await test.materials.write(materialRef('k3d', 'bucketOwnerKey'), s3.access.accessKeyId);
  await test.materials.write(materialRef('k3d', 'bucketOwnerSecret'), s3.access.secretAccessKey);
  // Nobody listens there yet: it is this test's until it closes it.
  published.listen(0, '127.0.0.1');
  await once(published, 'listening');
  const { port } = published.address() as AddressInfo;
  await test.change((record) => void (record.ports.storage = port));
  test.run = async (asked) => void (run = asked);
};
beforeEach(() => {
  published = publish();
  run = undefined;
});
afterEach(async () => {
  published.close();
  await test[Symbol.asyncDispose]();
});

const port = async (): Promise<number> => (await test.record()).ports.storage;

describe('the RustFS container of a lane', () => {
  it('is pulled and started in the clusters’ network, and has the bucket', async () => {
    await makeLane();
    expect(await test.make('storage')).toEqual([`storage: container ${container} started`]);
    expect(test.programs.slice(1)).toEqual([
      `docker rm ${container}`,
      `docker pull ${image}`,
      `docker run ${container}`,
    ]);
    expect(run).toMatchObject({
      name: container,
      image,
      network: 'openbao-dr',
      publish: [`127.0.0.1:${await port()}:9000`],
      labels: { [laneLabel]: (await test.record()).id },
    });
    const store = createObjectStore({ ...s3.access, bucket: 'openbao-dr-backups' });
    await store.putText('there', 'yes');
    store.close();
  });

  it('gets its keys in files that are this user’s alone, and none on a command line or in its environment', async () => {
    await makeLane();
    await test.make('storage');
    const { accessKeyId, secretAccessKey } = s3.access;
    const words = runCommand(run!).join(' ');
    expect(words).not.toContain(accessKeyId);
    expect(words).not.toContain(secretAccessKey);
    const keys = run?.mounts?.find(({ target }) => target === '/keys');
    expect(keys?.readOnly).toBe(true);
    expect(await readFile(`${keys?.source}/secret-key`, 'utf8')).toBe(secretAccessKey);
    expect((await stat(`${keys?.source}/secret-key`)).mode & 0o777).toBe(0o600);
    expect(run?.user).toBe(`${process.getuid?.()}:${process.getgid?.()}`);
  });

  it('that runs is kept; one that has ended is started anew, from what the engine has', async () => {
    await makeLane();
    await test.make('storage');
    test.programs.splice(0);
    expect(await test.make('storage')).toEqual(['storage: found']);
    expect(test.programs).toEqual([]);
    test.containers.set(container, { ...test.containers.get(container)!, running: false, exitCode: 137 });
    await test.make('storage');
    expect(test.programs).toEqual([`docker rm ${container}`, `docker run ${container}`]);
  });

  it('of somebody else is left alone, by the lane and by its end', async () => {
    await makeLane();
    const labels = { [laneLabel]: 'k3d.another' };
    test.containers.set(container, { id: 'a', name: container, image, running: true, labels, addresses: {} });
    await expect(test.make('storage')).rejects.toMatchObject({ type: 'LaneObjectsTaken' });
    await test.lane.disposal.teardown(() => undefined);
    expect(test.containers.has(container)).toBe(true);
    expect(test.programs).not.toContain(`docker rm ${container}`);
  });

  it('goes with the lane', async () => {
    await makeLane();
    await test.make('storage');
    await test.lane.disposal.teardown(() => undefined);
    expect([...test.containers]).toEqual([]);
  });

  it('beside clusters that were there is published where their pods reach this machine', async () => {
    await makeLane(optionsFor({ adopt: ['clusters'], hostAddress: '127.0.0.2' }));
    await test.make('storage');
    expect(run?.network).toBeUndefined();
    expect(run?.publish).toEqual([`127.0.0.1:${await port()}:9000`, `127.0.0.2:${await port()}:9000`]);
  });
});
