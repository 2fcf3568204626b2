import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspectSnapshot } from '../../../../systems/openbao/snapshot/inspect-snapshot.js';
import { openSnapshot } from '../../../../systems/openbao/snapshot/open-snapshot.js';
import { readSnapshot } from '../../../../systems/openbao/snapshot/read-snapshot.js';
import {
  createTransitSeal,
  createUser,
  startOpenBaoServer,
  type TestOpenBaoServer,
} from '../../../support/servers/openbao-server.js';
import { sha256, streamOf } from './archives.js';

let infra: TestOpenBaoServer;
let source: TestOpenBaoServer;
let snapshot: Buffer;

beforeAll(async () => {
  infra = await startOpenBaoServer('infra');
  source = await startOpenBaoServer('source', { seal: await createTransitSeal(infra, 'shared') });
  const { root, openbao } = source;
  await createUser(source, 'ann', 'ann-password');
  await openbao.login({ username: 'ann', password: 'ann-password' });
  await root.write('sys/mounts/secret', { type: 'kv' });
  for (let at = 0; at < 20; at += 1) await root.write(`secret/filler-${at}`, { filler: 'x'.repeat(300_000) });
  // A dynamic secret that needs nothing outside.
  await root.write('sys/mounts/pki', { type: 'pki' });
  await root.write('pki/root/generate/internal', { common_name: 'test', ttl: '1h' });
  await root.write('pki/roles/web', { allow_any_name: true, generate_lease: true });
  for (const name of ['a', 'b']) await root.write('pki/issue/web', { common_name: `${name}.example.com`, ttl: '10m' });
  snapshot = await buffer(await root.downloadSnapshot());
});
afterAll(async () => {
  for (const server of [source, infra]) await server[Symbol.asyncDispose]();
});

it("tells of a real server's snapshot what an operator wants to know before a restore", async () => {
  const { inspection } = await inspectSnapshot(streamOf(snapshot));
  const { version } = await source.openbao.health();
  expect(inspection).toMatchObject({
    peers: [{ id: 'source-0', suffrage: 'voter' }],
    openbaoVersions: [version],
    seal: { type: 'transit', keyVersion: 'v1' },
    leases: { dynamic: 2 },
  });
  expect(inspection.peers[0]?.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(inspection.leases.paths).toContainEqual({ path: 'pki/issue/web', count: 2 });
  expect(inspection.leases.paths).toContainEqual({ path: 'auth/userpass/login/ann', count: 1 });
  expect(inspection.leases.total).toBe(inspection.leases.login + 2);
  const sizes = inspection.groups.map(({ sizeBytes }) => sizeBytes);
  expect(Math.max(...sizes)).toBeGreaterThan(20 * 300_000);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(inspection.stateBytes);
});

it('recomputes what the seal has sealed', async () => {
  const { sums, sealed } = await readSnapshot(streamOf(snapshot));
  const answer = await infra.root.write('transit/decrypt/shared', { ciphertext: sealed.ciphertext });
  const lines = Buffer.from(String(answer?.['plaintext']), 'base64').toString().trim().split('\n');
  expect(lines.sort()).toEqual([...sums].sort());
});

it('reads the same of it in pieces of any size', async () => {
  const digestOf = async (chunkBytes: number): Promise<string> => {
    const parts: Buffer[] = [];
    for await (const batch of openSnapshot(streamOf(snapshot, chunkBytes)).entries) {
      for (const { key, valueSha256, valueBytes } of batch) parts.push(key, valueSha256, Buffer.from(`${valueBytes}`));
    }
    return sha256(Buffer.concat(parts));
  };
  const [first, ...others] = [await digestOf(snapshot.length), await digestOf(1_021), await digestOf(100_003)];
  expect(new Set(others)).toEqual(new Set([first]));
});
