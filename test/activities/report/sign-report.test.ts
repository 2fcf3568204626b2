import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSignReport } from '../../../activities/report/sign-report.js';
import type { EvidenceKey } from '../../../domain/pair/topology.js';
import { readEvidencePublicKey, verifyEvidence } from '../../../systems/openbao/api/evidence-key.js';
import { startOpenBaoServer, type TestOpenBaoServer } from '../../support/servers/openbao-server.js';
import { portsOver, ref, runActivity } from '../support.js';

const canonical = '{"note":"ü and ✔","result":"passed"}';

let infra: TestOpenBaoServer;
let secrets: Record<string, string>;

beforeAll(async () => {
  infra = await startOpenBaoServer('infra');
  const { root, endpoint } = infra;
  await root.write('sys/mounts/transit', { type: 'transit' });
  for (const name of ['drill-evidence', 'replaced']) await root.write(`transit/keys/${name}`, { type: 'ed25519' });
  const rules = ['drill-evidence', 'replaced'].map(
    (name) => `path "transit/sign/${name}" { capabilities = ["update"] }`,
  );
  await root.write('sys/policies/acl/evidence', { policy: rules.join('\n') });
  secrets = {
    ca: endpoint.caPem,
    token: await root.createOrphanToken({ policies: ['evidence'], period: '24h' }),
    public: await readEvidencePublicKey(root, { mountPath: 'transit', keyName: 'drill-evidence' }),
  };
});
afterAll(() => infra[Symbol.asyncDispose]());

const evidence = (keyName = 'drill-evidence'): EvidenceKey => ({
  address: infra.endpoint.address,
  serverName: infra.endpoint.serverName,
  ca: ref('ca'),
  mountPath: 'transit',
  keyName,
  token: ref('token'),
  publicKey: ref('public'),
});
const signWith = (key: EvidenceKey) => {
  const signReport = createSignReport(portsOver(secrets));
  return runActivity(signReport, { evidence: key, canonical });
};

describe('signing a report', () => {
  it('gives all that it takes to verify it, the same each time, and no secret', async () => {
    const signed = await signWith(evidence());
    expect(signed).toEqual({
      sha256: createHash('sha256').update(canonical).digest('hex'),
      signature: expect.any(String) as string,
      publicKey: secrets['public'],
      algorithm: 'ed25519',
      keyName: 'drill-evidence',
      keyVersion: 1,
    });
    const { signature, publicKey: publicKeyPem } = signed;
    expect(verifyEvidence({ bytes: Buffer.from(canonical), signature, publicKeyPem })).toBe(true);
    expect(await signWith(evidence())).toEqual(signed);
    expect(JSON.stringify(signed)).not.toContain(secrets['token']);
  });

  it('fails when the key is not the one that was kept with the lane', async () => {
    await expect(signWith(evidence('replaced'))).rejects.toMatchObject({
      type: 'EvidenceKeyChanged',
      retryable: false,
    });
  });

  it('fails when its token may not sign with the key', async () => {
    await expect(signWith(evidence('other'))).rejects.toMatchObject({ type: 'PermissionDenied' });
  });
});
