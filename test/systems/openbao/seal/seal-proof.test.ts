import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenBao, type OpenBaoSession } from '../../../../systems/openbao/api/client.js';
import { proveOtherKeyRefused } from '../../../../systems/openbao/seal/seal-control.js';
import { proveSeal } from '../../../../systems/openbao/seal/seal-proof.js';
import {
  createTransitSeal,
  startOpenBaoServer,
  type TestOpenBaoServer,
} from '../../../support/servers/openbao-server.js';

let infra: TestOpenBaoServer;
let count = 0;

beforeAll(async () => {
  infra = await startOpenBaoServer('infra');
});
afterAll(() => infra[Symbol.asyncDispose]());

const sums = [`${'ab'.repeat(32)}  meta.json`, `${'cd'.repeat(32)}  state.bin`];

const encrypt = async (session: OpenBaoSession, keyName: string, text: string): Promise<string> => {
  const plaintext = Buffer.from(text).toString('base64');
  return String((await session.write(`transit/encrypt/${keyName}`, { plaintext }))?.['ciphertext']);
};

/** A seal of its own for each test, with sums it has sealed as OpenBao does. */
const sealed = async (text = `${[...sums].reverse().join('\n')}\n`) => {
  count += 1;
  const { keyName, token } = await createTransitSeal(infra, `seal-${count}`);
  const session = infra.openbao.useToken(token);
  return {
    keyName,
    token,
    session,
    proof: {
      session,
      seal: { mountPath: 'transit', keyName },
      sums,
      ciphertext: await encrypt(session, keyName, text),
    },
  };
};

const configure = (keyName: string, config: object) => infra.root.write(`transit/keys/${keyName}/config`, config);
const rotate = (keyName: string) => infra.root.write(`transit/keys/${keyName}/rotate`, {});
const deleteKey = async (keyName: string) => {
  await configure(keyName, { deletion_allowed: true });
  await infra.root.remove(`transit/keys/${keyName}`);
};

describe('the proof of a seal', () => {
  it('holds when the key gives back the checksums, in whatever order', async () => {
    const { proof } = await sealed();
    await proveSeal(proof);
  });

  it('holds after the key was rotated, as long as the old version may be used', async () => {
    const { keyName, proof } = await sealed();
    await rotate(keyName);
    await proveSeal(proof);
  });

  it.each([
    ['another archive', `${'00'.repeat(32)}  meta.json\n${sums[1]}\n`],
    ['one member less', `${sums[0]}\n`],
    ['one member more', `${sums.join('\n')}\n${'00'.repeat(32)}  extra\n`],
    ['nothing', '\n'],
  ])('fails when the sealed checksums are those of %s', async (_, text) => {
    const { proof } = await sealed(text);
    await expect(proveSeal(proof)).rejects.toMatchObject({ type: 'SealSumsDiffer', retryable: false });
  });

  it('fails with another key, and with one that was made anew under the same name', async () => {
    const { keyName, proof } = await sealed();
    const mismatch = {
      type: 'SealKeyMismatch',
      retryable: false,
      message: expect.stringContaining('did not seal the snapshot') as string,
    };
    const { ciphertext } = (await sealed()).proof;
    await expect(proveSeal({ ...proof, ciphertext })).rejects.toMatchObject(mismatch);
    await deleteKey(keyName);
    await infra.root.write(`transit/keys/${keyName}`, {});
    await expect(proveSeal(proof)).rejects.toMatchObject(mismatch);
  });

  it('fails with a key that has not come to the version that sealed', async () => {
    const { keyName, session, proof } = await sealed();
    await rotate(keyName);
    const ciphertext = await encrypt(session, keyName, sums.join('\n'));
    expect(ciphertext).toMatch(/^vault:v2:/);
    await deleteKey(keyName);
    await infra.root.write(`transit/keys/${keyName}`, {});
    await expect(proveSeal({ ...proof, ciphertext })).rejects.toMatchObject({ type: 'SealKeyVersionUnknown' });
  });

  it('fails when the version is below min_decryption_version, and again once it was trimmed', async () => {
    const { keyName, proof } = await sealed();
    const tooOld = {
      type: 'SealKeyVersionTooOld',
      retryable: false,
      message: expect.stringContaining('min_decryption_version') as string,
    };
    await rotate(keyName);
    await configure(keyName, { min_decryption_version: 2, min_encryption_version: 2 });
    await expect(proveSeal(proof)).rejects.toMatchObject(tooOld);
    await infra.root.write(`transit/keys/${keyName}/trim`, { min_available_version: 2 });
    await expect(proveSeal(proof)).rejects.toMatchObject(tooOld);
  });

  it('fails when the key is gone, when its mount is, and when it is of a type that encrypts nothing', async () => {
    const { keyName, proof } = await sealed();
    const missing = { type: 'SealKeyMissing', retryable: false };
    await deleteKey(keyName);
    await expect(proveSeal(proof)).rejects.toMatchObject(missing);
    await infra.root.write(`transit/keys/${keyName}`, { type: 'ed25519' });
    await expect(proveSeal(proof)).rejects.toMatchObject(missing);
    const elsewhere = { mountPath: 'elsewhere', keyName };
    await expect(proveSeal({ ...proof, session: infra.root, seal: elsewhere })).rejects.toMatchObject(missing);
  });

  it.each(['', 'nonsense', 'vault:v1:', 'vault:v1:!!!', 'vault:v1:YWJj', 'vault:vx:YWJj'])(
    'fails when what was sealed is nothing that Transit makes: "%s"',
    async (ciphertext) => {
      const { proof } = await sealed();
      await expect(proveSeal({ ...proof, ciphertext })).rejects.toMatchObject({
        type: 'SealCiphertextMalformed',
        retryable: false,
      });
    },
  );

  it('tells a token that was revoked from one that may not use the key', async () => {
    const { token, proof } = await sealed();
    const other = await sealed();
    const refused = (words: string) => ({
      type: 'SealTokenRefused',
      retryable: false,
      message: expect.stringContaining(words) as string,
    });
    await expect(proveSeal({ ...proof, session: other.session })).rejects.toMatchObject(
      refused('may not use this key'),
    );
    await infra.root.write('sys/policies/acl/nothing', { policy: '# nothing' });
    const silent = infra.openbao.useToken(await infra.root.createOrphanToken({ policies: ['nothing'] }));
    await expect(proveSeal({ ...proof, session: silent })).rejects.toMatchObject(refused('may not use this key'));
    await infra.root.write('auth/token/revoke', { token });
    await expect(proveSeal(proof)).rejects.toMatchObject(refused('expired or was revoked'));
  });

  it('fails when the token is about to end, and not when it lives long enough or for ever', async () => {
    const { keyName, proof } = await sealed();
    await proveSeal({ ...proof, leastTokenSeconds: 3_600 });
    await proveSeal({ ...proof, session: infra.root, leastTokenSeconds: 3_600 });
    const short = await infra.root.createOrphanToken({ policies: [`seal-${keyName}`], period: '60s' });
    const request = { ...proof, session: infra.openbao.useToken(short) };
    await proveSeal(request);
    await proveSeal({ ...request, leastTokenSeconds: 30 });
    await expect(proveSeal({ ...request, leastTokenSeconds: 61 })).rejects.toMatchObject({
      type: 'SealTokenExpiring',
      retryable: false,
    });
  });

  it('does not hold it against a token that it may not say how long it lives', async () => {
    const { keyName, proof } = await sealed();
    await infra.root.write('sys/policies/acl/decrypt-only', {
      policy: `path "transit/decrypt/${keyName}" { capabilities = ["update"] }`,
    });
    const session = infra.openbao.useToken(await infra.root.createOrphanToken({ policies: ['decrypt-only'] }));
    await proveSeal({ ...proof, session, leastTokenSeconds: 60 });
  });

  it('may be tried again when Transit is away or sealed', async () => {
    const { proof } = await sealed();
    const away = { type: 'TransitUnreachable', retryable: true };
    // Nothing listens on port 1.
    const nobody = createOpenBao({ ...infra.endpoint, address: 'https://127.0.0.1:1' }).useToken('none');
    await expect(proveSeal({ ...proof, session: nobody })).rejects.toMatchObject(away);
    await using other = await startOpenBaoServer('sealed-infra');
    await other.root.write('sys/seal', {});
    await expect(proveSeal({ ...proof, session: other.root })).rejects.toMatchObject(away);
  });
});

describe('the control with another key', () => {
  /** Another key and its token, asked to open what the seal has sealed. */
  const control = async (ciphertext: string) => {
    const { keyName, session } = await sealed();
    return { session, key: { mountPath: 'transit', keyName }, ciphertext };
  };

  it('holds when the other key works and cannot open it, whatever the versions of the two', async () => {
    const { keyName, session, proof } = await sealed();
    const request = await control(proof.ciphertext);
    await proveOtherKeyRefused(request);
    await rotate(keyName);
    await proveOtherKeyRefused({ ...request, ciphertext: await encrypt(session, keyName, sums.join('\n')) });
    await rotate(request.key.keyName);
    await configure(request.key.keyName, { min_encryption_version: 2, min_decryption_version: 2 });
    await proveOtherKeyRefused(request);
  });

  it('fails when the other key opens it', async () => {
    const { proof } = await sealed();
    const same = { session: proof.session, key: proof.seal, ciphertext: proof.ciphertext };
    await expect(proveOtherKeyRefused(same)).rejects.toMatchObject({ type: 'SealOpenedByOtherKey' });
  });

  it('fails when the refusal says nothing about the key', async () => {
    const { proof } = await sealed();
    const request = await control(proof.ciphertext);
    const otherToken = { ...request, session: proof.session };
    await expect(proveOtherKeyRefused(otherToken)).rejects.toMatchObject({ type: 'SealTokenRefused' });
    const malformed = { ...request, ciphertext: 'vault:v1:YWJj' };
    await expect(proveOtherKeyRefused(malformed)).rejects.toMatchObject({ type: 'SealControlBroken' });
    await deleteKey(request.key.keyName);
    // To encrypt with a key that is not there is to make one, which the control's token may not.
    await expect(proveOtherKeyRefused(request)).rejects.toMatchObject({ type: 'SealTokenRefused' });
  });
});
