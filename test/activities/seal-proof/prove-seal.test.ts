import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProveSeal, type ProveSealInput } from '../../../activities/seal-proof/prove-seal.js';
import type { Check } from '../../../domain/run/checks.js';
import type { TransitSeal } from '../../../domain/pair/topology.js';
import {
  createTransitSeal,
  startOpenBaoServer,
  type TestOpenBaoServer,
  type TestTransitSeal,
} from '../../support/servers/openbao-server.js';
import { startS3Server, type TestS3Server } from '../../support/servers/s3-server.js';
import { exampleTopology } from '../../support/drills/example-topology.js';
import { bucketOf, portsOver, ref, runActivity } from '../support.js';

const controlKey = 'drill-seal-control';
const key = 'source/source/2026-01-02T03-04-05Z-0123abcd.snap';

let infra: TestOpenBaoServer;
let s3: TestS3Server;
let seal: TestTransitSeal;
let archive: Buffer;
let secrets: Record<string, string>;

beforeAll(async () => {
  [infra, s3] = await Promise.all([startOpenBaoServer('infra'), startS3Server()]);
  seal = await createTransitSeal(infra, 'shared');
  const control = await createTransitSeal(infra, controlKey);
  const source = await startOpenBaoServer('source', { seal });
  archive = await buffer(await source.root.downloadSnapshot());
  await source[Symbol.asyncDispose]();
  secrets = {
    ca: infra.endpoint.caPem,
    seal: seal.token,
    control: control.token,
    's3-id': s3.access.accessKeyId,
    's3-secret': s3.access.secretAccessKey,
  };
});
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
  await infra[Symbol.asyncDispose]();
});
beforeEach(() => put(archive));

const put = async (content: Buffer): Promise<void> => {
  await s3.store.remove(key);
  await s3.store.upload({ key, body: Readable.from([content], { objectMode: false }) });
};

const input = (sealChange: Partial<TransitSeal> = {}): ProveSealInput => {
  const { address, serverName } = infra.endpoint;
  const place = { address, serverName, ca: ref('ca') };
  const own = { ...place, keyName: seal.keyName, token: ref('seal'), ...sealChange };
  const bucket = bucketOf(s3.access, 's3-id', 's3-secret');
  return {
    topology: {
      bucket: { source: { ...bucket, name: 'not-this-one' }, target: bucket },
      target: exampleTopology({ target: { seal: own } }).target,
      sealControl: { keyName: controlKey, token: ref('control') },
    },
    snapshot: { key, sizeBytes: archive.length, sha256: createHash('sha256').update(archive).digest('hex') },
  };
};

const prove = async (asked = input(), change: Readonly<Record<string, string>> = {}) => {
  const { checks } = await runActivity(createProveSeal(portsOver({ ...secrets, ...change })), asked);
  const [proof, control, ...more] = checks;
  expect(more).toEqual([]);
  expect([proof?.name, control?.name]).toEqual(['seal-proof', 'other-key-refused']);
  return { proof: proof!, control: control! };
};

const passed = (observed: RegExp): Partial<Check> => ({
  outcome: 'passed',
  observed: expect.stringMatching(observed) as string,
});
const failed = (type: string): Partial<Check> => ({
  outcome: 'failed',
  observed: expect.stringMatching(`^${type}: `) as string,
});

describe('the proof before a restore', () => {
  it("passes when the target's key opens the snapshot and another does not, and shows no secret", async () => {
    const { proof, control } = await prove();
    const size = archive.length.toLocaleString('en');
    expect(proof).toMatchObject({
      outcome: 'passed',
      observed: `key shared v1 opens the sealed checksums of ${size} bytes`,
    });
    expect(control).toMatchObject(passed(/drill-seal-control .*message authentication failed/));
    for (const secret of [seal.token, secrets['control']!, secrets['s3-secret']!]) {
      expect(JSON.stringify([proof, control])).not.toContain(secret);
    }
  });

  it('fails when the target is on another key, which the control does not notice', async () => {
    const other = await createTransitSeal(infra, 'other');
    const { proof, control } = await prove(input({ keyName: 'other', token: ref('other') }), { other: other.token });
    expect(proof).toMatchObject(failed('SealKeyMismatch'));
    expect(control).toMatchObject(passed(/refuses|not these/));
  });

  it("fails when the target's token is none, or ends before the restore could use it", async () => {
    expect((await prove(input(), { seal: 'revoked' })).proof).toMatchObject(failed('SealTokenRefused'));
    const short = await infra.root.createOrphanToken({ policies: ['seal-shared'], period: '60s' });
    expect((await prove(input(), { seal: short })).proof).toMatchObject(failed('SealTokenExpiring'));
  });

  it('fails both ways when the object is not the one that was recorded, or none at all', async () => {
    const asked = input();
    const changed = await prove({ ...asked, snapshot: { ...asked.snapshot, sha256: '00'.repeat(32) } });
    expect(changed.proof).toMatchObject(failed('SnapshotChanged'));
    expect(changed.control).toMatchObject(failed('SnapshotChanged'));
    await put(archive.subarray(0, archive.length - 2_000));
    expect((await prove()).proof).toMatchObject(failed('SnapshotTruncated'));
    await s3.store.remove(key);
    expect((await prove()).proof).toMatchObject(failed('ObjectMissing'));
  });

  it.each([
    ['may not use its key', async () => seal.token, 'SealTokenRefused'],
    ['is none', async () => 'revoked', 'SealTokenRefused'],
  ])('does not take it for a control when the token of the control %s', async (_, token, type) => {
    const { proof, control } = await prove(input(), { control: await token() });
    expect(proof).toMatchObject(passed(/opens/));
    expect(control).toMatchObject(failed(type));
  });

  it('does not take it for a control when the key of the control is the seal key', async () => {
    const asked = input();
    const sealControl = { keyName: seal.keyName, token: ref('seal') };
    const { control } = await prove({ ...asked, topology: { ...asked.topology, sealControl } });
    expect(control).toMatchObject(failed('SealOpenedByOtherKey'));
  });

  it('gives a Transit that is away for a moment some seconds', async () => {
    await infra.stop();
    const proving = prove();
    await infra.start();
    const { proof, control } = await proving;
    expect(proof.outcome).toBe('passed');
    expect(control.outcome).toBe('passed');
  });
});
