import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  publicKeyFingerprint,
  readEvidencePublicKey,
  signEvidence,
  verifyEvidence,
} from '../../../../systems/openbao/api/evidence-key.js';
import { startOpenBaoServer, type TestOpenBaoServer } from '../../../support/servers/openbao-server.js';

const key = { mountPath: 'transit', keyName: 'evidence' };
const bytes = Buffer.from('{"result":"passed","note":"ü and ✔"}');

let infra: TestOpenBaoServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openbao-dr-evidence-'));
  infra = await startOpenBaoServer('infra');
  await infra.root.write('sys/mounts/transit', { type: 'transit' });
  await infra.root.write('transit/keys/evidence', { type: 'ed25519' });
  await infra.root.write('transit/keys/seal', {});
  await infra.root.write('transit/keys/rsa', { type: 'rsa-2048' });
});
afterAll(async () => {
  await infra[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe('a signature over evidence', () => {
  it('is verified without Transit, and for these bytes, this signature and this key alone', async () => {
    const publicKeyPem = await readEvidencePublicKey(infra.root, key);
    const { signature, keyVersion } = await signEvidence(infra.root, key, bytes);
    expect(keyVersion).toBe(1);
    expect(Buffer.from(signature, 'base64')).toHaveLength(64);
    const signed = { bytes, signature, publicKeyPem };
    expect(verifyEvidence(signed)).toBe(true);
    expect(verifyEvidence({ ...signed, bytes: Buffer.from(`${bytes.toString()} `) })).toBe(false);
    const flipped = Buffer.from(signature, 'base64');
    flipped[0] = flipped[0]! ^ 1;
    expect(verifyEvidence({ ...signed, signature: flipped.toString('base64') })).toBe(false);
    expect(verifyEvidence({ ...signed, publicKeyPem: pemOf('ed25519') })).toBe(false);
  });

  it("is verified by OpenSSL's own command", async () => {
    const inFolder = (name: string) => join(folder, name);
    const { signature } = await signEvidence(infra.root, key, bytes);
    await writeFile(inFolder('pub.pem'), await readEvidencePublicKey(infra.root, key));
    await writeFile(inFolder('report'), bytes);
    await writeFile(inFolder('signature'), Buffer.from(signature, 'base64'));
    const verified = (file: string) =>
      execa(
        'openssl',
        ['pkeyutl', '-verify', '-pubin', '-inkey', 'pub.pem', '-rawin', '-in', file, '-sigfile', 'signature'],
        { cwd: folder, reject: false },
      );
    expect(await verified('report')).toMatchObject({ exitCode: 0, stdout: 'Signature Verified Successfully' });
    await writeFile(inFolder('altered'), Buffer.from(bytes.toString().replace('passed', 'failed')));
    expect((await verified('altered')).exitCode).toBe(1);
  });

  it('says which version of the key made it, and the public key is that of the latest', async () => {
    const rotating = { mountPath: 'transit', keyName: 'rotating' };
    await infra.root.write('transit/keys/rotating', { type: 'ed25519' });
    const before = await readEvidencePublicKey(infra.root, rotating);
    await infra.root.write('transit/keys/rotating/rotate', {});
    const publicKeyPem = await readEvidencePublicKey(infra.root, rotating);
    expect(publicKeyFingerprint(publicKeyPem)).not.toBe(publicKeyFingerprint(before));
    const { signature, keyVersion } = await signEvidence(infra.root, rotating, bytes);
    expect(keyVersion).toBe(2);
    expect(verifyEvidence({ bytes, signature, publicKeyPem })).toBe(true);
    expect(verifyEvidence({ bytes, signature, publicKeyPem: before })).toBe(false);
  });

  it.each(['rsa', 'seal', 'none'])('is not made with the key "%s", which is no Ed25519 key', async (keyName) => {
    const other = { mountPath: 'transit', keyName };
    const unusable = { type: 'EvidenceKeyUnusable', retryable: false };
    await expect(signEvidence(infra.root, other, bytes)).rejects.toMatchObject(unusable);
    await expect(readEvidencePublicKey(infra.root, other)).rejects.toMatchObject(unusable);
  });

  it.each([
    ['text', 'no key at all'],
    ['a key of another kind', pemOf('rsa')],
    ['nothing', ''],
  ])('is not verified with %s for a key', (_, publicKeyPem) => {
    expect(verifyEvidence({ bytes, signature: Buffer.alloc(64).toString('base64'), publicKeyPem })).toBe(false);
  });

  it.each(['', 'short', 'not base64 !'])('that is none, like "%s", verifies nothing', (signature) => {
    expect(verifyEvidence({ bytes, signature, publicKeyPem: pemOf('ed25519') })).toBe(false);
  });
});

function pemOf(kind: 'ed25519' | 'rsa'): string {
  const { publicKey } =
    kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
  return publicKey.export({ type: 'spki', format: 'pem' }) as string;
}
