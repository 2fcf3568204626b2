import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerOf, publicKeysIn, readJwtRoles, trustIssuer } from '../../../../systems/openbao/api/jwt-trust.js';
import { startOpenBaoServer, type TestOpenBaoServer } from '../../../support/servers/openbao-server.js';

const mountPath = 'jwt-operator';
const issuer = 'https://kubernetes.default.svc.cluster.local';
const subject = 'system:serviceaccount:ns:c-restore-serviceaccount';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keySet = { keys: [rsa, ec].map(({ publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), use: 'sig' })) };

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const token = (alg: 'RS256' | 'ES256' | 'HS256', key: KeyObject | string, change: object = {}): string => {
  const at = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: subject, aud: ['openbao-internal'], iat: at, exp: at + 600, ...change };
  const signed = `${encode({ alg })}.${encode(claims)}`;
  const signature =
    typeof key === 'string'
      ? createHmac('sha256', key).update(signed).digest()
      : sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
};

describe('a key set', () => {
  it('is read as PEM, whatever the kind of its keys, and without those that do not sign', () => {
    const pems = [rsa, ec].map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }));
    expect(publicKeysIn(keySet)).toEqual(pems);
    const more = [{ kty: 'oct', k: 'c2VjcmV0' }, { ...keySet.keys[0], use: 'enc' }, { kty: 'XYZ' }, null];
    expect(publicKeysIn({ keys: [...keySet.keys, ...more] })).toEqual(pems);
  });

  it.each([{ keys: [] }, {}, 'text', undefined, { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }])(
    'without a key that signs is refused: %j',
    (empty) => {
      expect(() => publicKeysIn(empty)).toThrow(/publishes no public key/);
    },
  );
});

it('reads who issued a token, and repeats nothing of one that says nothing', () => {
  expect(issuerOf(token('RS256', rsa.privateKey))).toBe(issuer);
  for (const broken of ['abc', 'a.c2VjcmV0.b', `a.${encode({ sub: 'x' })}.b`]) {
    expect(() => issuerOf(broken)).toThrow(/names no issuer/);
    expect(() => issuerOf(broken)).not.toThrow(/c2VjcmV0/);
  }
});

describe('a login with a token', () => {
  let bao: TestOpenBaoServer;
  beforeAll(async () => {
    bao = await startOpenBaoServer('jwt');
    await bao.root.write(`sys/auth/${mountPath}`, { type: 'jwt' });
    await trustIssuer(bao.root, mountPath, { issuer, publicKeys: publicKeysIn(keySet) });
    const role = { user_claim: 'sub', bound_audiences: ['openbao-internal'], bound_subject: subject };
    await bao.root.write(`auth/${mountPath}/role/restore`, { ...role, role_type: 'jwt', token_policies: ['default'] });
  });
  afterAll(() => bao[Symbol.asyncDispose]());
  const logIn = (jwt: string, role = 'restore') => bao.openbao.loginWithJwt({ mountPath, role, jwt });

  it.each([
    ['RS256', rsa.privateKey],
    ['ES256', ec.privateKey],
  ] as const)('opens a session for a token that is signed with %s', async (alg, key) => {
    const session = await logIn(token(alg, key));
    expect(await session.read('auth/token/lookup-self')).toMatchObject({ policies: ['default'] });
    await session.revokeSelf();
    await expect(session.read('auth/token/lookup-self')).rejects.toMatchObject({ type: 'PermissionDenied' });
  });

  it.each([
    [
      'another key',
      () => token('RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
      'no known key',
    ],
    ['the public key as a secret', () => token('HS256', publicKeysIn(keySet)[0]!), ''],
    ['another subject', () => token('RS256', rsa.privateKey, { sub: `${subject}x` }), 'invalid subject'],
    ['another issuer', () => token('RS256', rsa.privateKey, { iss: 'https://x' }), 'invalid issuer'],
    ['another audience', () => token('RS256', rsa.privateKey, { aud: ['x'] }), 'invalid audience'],
    ['a time that is over', () => token('RS256', rsa.privateKey, { iat: 1, exp: 2 }), 'expired'],
  ])("is refused for %s, in OpenBao's own words", async (_, make, words) => {
    const jwt = make();
    const failure = await logIn(jwt).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'TokenRefused', retryable: false });
    expect(String(failure)).toContain(words);
    expect(String(failure)).not.toContain(jwt.slice(0, 20));
  });

  it('does not take a role that does not exist for a refusal', async () => {
    await expect(logIn(token('RS256', rsa.privateKey), 'nobody')).rejects.toMatchObject({
      type: 'OpenBaoRequestFailed',
    });
  });

  it('reads roles of the kind alone that logs in with tokens', async () => {
    await bao.root.write(`auth/${mountPath}/role/claims`, {
      role_type: 'jwt',
      user_claim: 'sub',
      bound_claims: { sub: subject },
    });
    expect(await readJwtRoles(bao.root, mountPath)).toEqual([
      { name: 'claims', subject: undefined, claims: { sub: subject }, userClaim: 'sub' },
      { name: 'restore', subject, claims: undefined, userClaim: 'sub' },
    ]);
  });
});
