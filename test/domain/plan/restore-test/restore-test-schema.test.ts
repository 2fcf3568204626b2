import { describe, expect, it } from 'vitest';
import { isKnownFailure } from '../../../../domain/known-failure.js';
import { parseRestoreTestPlan } from '../../../../domain/plan/restore-test/restore-test-schema.js';

const from = { s3: 's3://backups/prod/' };
const seal = { type: 'transit', address: 'https://transit:8200', key_name: 'unseal', token: 'env:SEAL_TOKEN' };
const least = { from, seal };
const digest = 'a'.repeat(64);
const who = { method: 'userpass', username: 'ann', password: 'env:ANN' };

const refusalOf = (input: unknown): string => {
  try {
    parseRestoreTestPlan(input);
  } catch (error) {
    if (isKnownFailure(error, 'InvalidPlan')) return error.message;
    throw error;
  }
  throw new Error('the plan was accepted');
};

describe('the plan of a restore test', () => {
  it('fills in every default of one that names only where the snapshots lie, and their seal', () => {
    expect(parseRestoreTestPlan(least)).toEqual({
      from: {
        place: {
          kind: 'bucket',
          prefix: 'prod/',
          bucket: {
            name: 'backups',
            endpoint: 'https://s3.us-east-1.amazonaws.com',
            region: 'us-east-1',
            forcePathStyle: false,
          },
        },
        choice: { way: 'newest' },
      },
      seal: {
        type: 'transit',
        attributes: { address: 'https://transit:8200', key_name: 'unseal' },
        secrets: { token: 'env:SEAL_TOKEN' },
        shares: [],
      },
      secretStores: {},
      room: 'sealed',
      assertions: {
        mounts: [],
        missingPlugins: [],
        sealedNamespaces: [],
        logins: [],
        paths: [],
        policies: [],
        issuers: [],
        decrypts: [],
        counts: [],
      },
      patience: { firstCheckSeconds: 600, beforeSeconds: 600, afterRestoreSeconds: 86_400 },
    });
  });

  it('of a lane has the place and the seal from there', () => {
    expect(parseRestoreTestPlan({ lane: 'local' })).toMatchObject({ lane: 'local', room: 'sealed' });
  });

  it('keeps all that it says', () => {
    const plan = parseRestoreTestPlan({
      from: {
        ...from,
        endpoint: 'https://rustfs:9000',
        region: 'eu-central-1',
        ca: 'file:/etc/ca.pem',
        accessKeyId: 'k8s:backup/s3#id',
        secretAccessKey: 'k8s:backup/s3#key',
        sessionToken: 'env:SESSION',
        choose: { at: '2026-11-27T03:00:00+01:00' },
        newerThan: '26h',
      },
      seal: { type: 'shamir', shares: ['env:SHARE_1', 'env:SHARE_2'] },
      secretStores: {
        openbao: { address: 'https://bao:8200', ca: 'file:/ca.pem', credential: { method: 'token', token: 'env:T' } },
        kubernetes: { context: 'prod' },
      },
      room: 'open',
      acceptRisk: 'the databases are copies',
      openbao: { version: '2.7.2' },
      verify: { ...who, namespace: 'team/', mountPath: 'people/' },
      assertions: {
        mounts: [{ path: 'secret/', type: 'kv' }],
        missingPlugins: ['vault-plugin-x'],
        sealedNamespaces: ['tenant-a/'],
        logins: [{ accepted: who }, { refused: { ...who, username: 'ben' } }],
        paths: [
          { path: 'secret/data/app', newerThan: '2d' },
          { path: 'secret/data/app', field: 'password', hmac: { sha256: digest, key: 'env:HMAC' } },
        ],
        policies: ['admin'],
        issuers: [{ mount: 'pki', fingerprint: digest }],
        decrypts: [{ key: 'app', ciphertext: 'vault:v1:AAAA==' }],
        counts: [{ mount: 'secret/', min: 10, max: 20, withinPercentOfLast: 10 }],
      },
      patience: { before: '5m' },
      signing: { key: 'file:/etc/openbao-dr/signing.pem' },
    });
    expect(plan).toMatchObject({
      from: {
        place: {
          bucket: {
            endpoint: 'https://rustfs:9000',
            forcePathStyle: true,
            ca: 'file:/etc/ca.pem',
            accessKeyId: 'k8s:backup/s3#id',
            secretAccessKey: 'k8s:backup/s3#key',
            sessionToken: 'env:SESSION',
          },
        },
        choice: { way: 'at', time: '2026-11-27T02:00:00.000Z' },
        newerThanSeconds: 26 * 3600,
      },
      seal: { type: 'shamir', attributes: {}, secrets: {}, shares: ['env:SHARE_1', 'env:SHARE_2'] },
      secretStores: { openbao: { address: 'https://bao:8200' }, kubernetes: { context: 'prod' } },
      room: 'open',
      acceptRisk: 'the databases are copies',
      openbao: { version: '2.7.2' },
      verify: { method: 'userpass', username: 'ann', namespace: 'team', mountPath: 'people' },
      assertions: {
        mounts: [{ path: 'secret', type: 'kv' }],
        sealedNamespaces: ['tenant-a'],
        paths: [{ newerThan: 2 * 86_400 }, { field: 'password' }],
        decrypts: [{ mount: 'transit', key: 'app' }],
        counts: [{ mount: 'secret', min: 10 }],
      },
      patience: { beforeSeconds: 300 },
      signing: { key: 'file:/etc/openbao-dr/signing.pem' },
    });
  });

  it.each([
    ['newest', { way: 'newest' }],
    ['oldest', { way: 'oldest' }],
    [{ random: '30d' }, { way: 'random', withinSeconds: 30 * 86_400 }],
    [{ key: 'prod/a.snap' }, { way: 'key', key: 'prod/a.snap' }],
    [
      { key: 'prod/a.snap', versionId: 'v1' },
      { way: 'key', key: 'prod/a.snap', versionId: 'v1' },
    ],
  ])('chooses as %j', (choose, choice) => {
    expect(parseRestoreTestPlan({ from: { ...from, choose }, seal }).from?.choice).toEqual(choice);
  });

  it.each([
    [{ folder: '/var/backups' }, { kind: 'folder', folder: '/var/backups' }],
    [{ s3: 's3://backups/' }, { kind: 'bucket', prefix: '' }],
    [{ ...from, endpoint: 'http://s3:9000', style: 'virtual-host' }, { bucket: { forcePathStyle: false } }],
    [{ ...from, style: 'path' }, { bucket: { forcePathStyle: true } }],
  ])('finds snapshots at %j', (given, place) => {
    expect(parseRestoreTestPlan({ from: given, seal }).from?.place).toMatchObject(place);
  });

  it.each([
    { method: 'approle', roleId: 'id', secretId: 'env:S', wrapped: true },
    { method: 'kubernetes', role: 'dr' },
    { method: 'jwt', jwt: 'file:/token' },
    { method: 'cert', certificate: 'file:/c.pem', key: 'file:/k.pem' },
    { method: 'token', token: 'openbao:kv/dr#token', namespace: 'team' },
  ])('logs in with %j', (verify) => {
    expect(parseRestoreTestPlan({ ...least, verify }).verify).toEqual(verify);
  });
});

describe('a wrong field is named, with what it should be:', () => {
  const fromOf = (more: object) => ({ from: { ...from, ...more }, seal });
  const sealOf = (given: object) => ({ from, seal: given });
  const assertOf = (assertions: object) => ({ ...least, assertions });
  const storeOf = (openbao: object) => ({ ...least, secretStores: { openbao } });
  const transit = { address: 'https://t:8200', key: 'k', credential: who };

  it.each<[unknown, string]>([
    ['x', 'the plan must be a mapping of fields to values'],
    [{}, '"from" is missing; "seal" is missing'],
    [{ from }, '"seal" is missing'],
    [{ ...least, lane: 'local' }, '"from" does not go with "lane", which has its own; "seal" does not go with'],
    [{ lane: 'moon' }, '"lane" does not start with a kind of lane this version has'],
    [{ ...least, room: 'dark' }, '"room" must be one of sealed, open'],
    [{ ...least, room: 'container' }, '"room" must be one of sealed, open'],
    [{ ...least, acceptRisk: 'yes' }, '"acceptRisk" belongs to "room: open"'],
    [{ ...least, room: 'open', acceptRisk: ' ' }, '"acceptRisk" is empty'],
    [{ ...least, colour: 'red' }, 'the plan has no field "colour"'],
    [{ ...least, openbao: {} }, '"openbao" names one of "version" and "path", and not both'],
    [{ ...least, openbao: { version: 'new' } }, '"openbao.version" is not a version like "2.7.2"'],
    [{ ...least, openbao: { path: 'bao' } }, '"openbao.path" is no absolute path'],
    [{ ...least, patience: { before: '5 minutes' } }, '"patience.before" is not a duration like "30m"'],

    [{ from: {}, seal }, '"from" names one of "s3" and "folder", and not both'],
    [fromOf({ folder: '/a' }), '"from" names one of "s3" and "folder", and not both'],
    [{ from: { folder: 'backups' }, seal }, '"from.folder" is no absolute path, like "/var/backups/openbao"'],
    [{ from: { folder: '/a', style: 'path' }, seal }, '"from.style" is of a bucket, and "folder" names a folder'],
    [{ from: { s3: 's3://backups/prod' }, seal }, '"from.s3" is not of the form s3://bucket/ or s3://bucket/prefix/'],
    [fromOf({ endpoint: 'https://ann:pw@s3' }), '"from.endpoint" is not of the form https://host:port, without a user'],
    [fromOf({ region: 'x y' }), '"from.region" is not the name of a region'],
    [fromOf({ style: 'both' }), '"from.style" must be one of path, virtual-host'],
    [fromOf({ ca: 'PEM' }), '"from.ca" is no reference to a secret'],
    [fromOf({ accessKeyId: 'env:A' }), '"from.secretAccessKey" and "accessKeyId" go together'],
    [fromOf({ sessionToken: 'env:A' }), '"from.sessionToken" belongs to "accessKeyId", which is missing'],
    [fromOf({ choose: 'latest' }), '"from.choose" must be newest, oldest, { random: 30d }'],
    [fromOf({ choose: { at: 'yesterday' } }), '"from.choose.at" is no time like "2026-11-27T03:00:00Z"'],
    [fromOf({ choose: { random: '400d' } }), '"from.choose.random" is longer than 30d'],
    [fromOf({ choose: { key: '' } }), '"from.choose.key" is empty'],
    [fromOf({ newerThan: 'a day' }), '"from.newerThan" is not a duration like "30m", "24h" or "7d"'],

    [sealOf({}), '"seal" names one of "type" and "file", and not both'],
    [sealOf({ type: 'wax' }), '"seal.type" must be one of transit, static, shamir, awskms'],
    [sealOf({ file: 'seal.hcl' }), '"seal.file" is no absolute path'],
    [sealOf({ file: '/seal.hcl', key_name: 'k' }), '"seal.key_name" belongs into the file that "file" names'],
    [sealOf({ ...seal, shares: ['env:A'] }), '"seal.shares" are of a seal of the type shamir'],
    [sealOf({ type: 'shamir', shares: [] }), '"seal.shares" is empty'],
    [sealOf({ ...seal, 'key-name': 'k' }), '"seal.key-name" is not the name of a field of a seal stanza'],
    [sealOf({ ...seal, mount_path: ['a'] }), '"seal.mount_path" must be text, a number, true or false'],
    [sealOf({ ...seal, tls_ca_cert: 'file:///x' }), '"seal.tls_ca_cert" is read by OpenBao itself: write'],

    [{ ...least, verify: { username: 'ann' } }, '"verify.method" must be one of userpass, approle, kubernetes'],
    [{ ...least, verify: { ...who, username: '' } }, '"verify.username" is empty'],
    [{ ...least, verify: { method: 'token' } }, '"verify.token" is missing'],
    [{ ...least, verify: { ...who, namespace: '/a' } }, '"verify.namespace" is not the path of a namespace'],
    [{ ...least, verify: { ...who, mountPath: 'a b' } }, '"verify.mountPath" is not the path of a mount'],
    [{ ...least, verify: { method: 'approle', roleId: 'x', wrapped: true } }, '"verify.wrapped" says what "secretId"'],
    [{ ...least, verify: { ...who, role: 'x' } }, '"verify" has no field "role"'],

    [storeOf({ address: 'http://bao', credential: who }), '"secretStores.openbao.address" is no address like'],
    [storeOf({ address: 'https://bao' }), '"secretStores.openbao.credential" '],
    [
      storeOf({ ...transit, key: undefined, serverName: 'a b' }),
      '"secretStores.openbao.serverName" is not the name of a host',
    ],
    [
      storeOf({ address: 'https://bao', credential: { method: 'token', token: 'openbao:a#b' } }),
      '"secretStores.openbao.credential" and "ca" are named by another scheme than openbao',
    ],
    [
      { ...least, secretStores: { kubernetes: { context: '--x' } } },
      '"secretStores.kubernetes.context" is not the name',
    ],

    [{ ...least, signing: {} }, '"signing" names one of "key" and "transit", and not both'],
    [{ ...least, signing: { key: '/etc/key.pem' } }, '"signing.key" is no reference to a secret'],
    [{ ...least, signing: { transit: { ...transit, key: 'a b' } } }, '"signing.transit.key" is not the name of a key'],
    [
      { ...least, signing: { transit: { ...transit, mount: '' } } },
      '"signing.transit.mount" is not the path of a mount',
    ],

    [assertOf({ mounts: [{ path: 'secret/' }] }), '"assertions.mounts.0.type" is missing'],
    [assertOf({ mounts: [{ path: ' ', type: 'kv' }] }), '"assertions.mounts.0.path" is not the path of a mount'],
    [assertOf({ missingPlugins: [''] }), '"assertions.missingPlugins.0" is empty'],
    [assertOf({ sealedNamespaces: ['/a'] }), '"assertions.sealedNamespaces.0" is not the path of a namespace'],
    [assertOf({ logins: [{}] }), '"assertions.logins.0" names one of "accepted" and "refused", and not both'],
    [assertOf({ logins: [{ accepted: { method: 'ldap' } }] }), '"assertions.logins.0.accepted.method" must be one of'],
    [assertOf({ paths: [{ path: '/a' }] }), '"assertions.paths.0.path" is not a path of OpenBao'],
    [assertOf({ paths: [{ path: 'a', newerThan: 'x' }] }), '"assertions.paths.0.newerThan" is not a duration'],
    [
      assertOf({ paths: [{ path: 'a', sha256: digest }] }),
      '"assertions.paths.0.field" is missing: "sha256" and "hmac"',
    ],
    [assertOf({ paths: [{ path: 'a', field: 'f' }] }), '"assertions.paths.0.field" belongs to "sha256" or "hmac"'],
    [assertOf({ paths: [{ path: 'a', field: 'f', sha256: 'AB' }] }), '"assertions.paths.0.sha256" is not a SHA-256'],
    [
      assertOf({ paths: [{ path: 'a', field: 'f', sha256: digest, hmac: { sha256: digest, key: 'env:K' } }] }),
      '"assertions.paths.0.hmac" and "sha256" are two ways to say one value',
    ],
    [
      assertOf({ paths: [{ path: 'a', field: 'f', hmac: { sha256: digest, key: 'k' } }] }),
      '"assertions.paths.0.hmac.key" is no reference to a secret',
    ],
    [assertOf({ policies: [''] }), '"assertions.policies.0" is empty'],
    [assertOf({ policies: 'admin' }), '"assertions.policies" must be a list, like [ann]'],
    [assertOf({ policies: Array.from({ length: 201 }, () => 'p') }), '"assertions.policies" has more than 200 entries'],
    [
      assertOf({ issuers: [{ mount: 'pki', fingerprint: 'x' }] }),
      '"assertions.issuers.0.fingerprint" is not a SHA-256',
    ],
    [assertOf({ decrypts: [{ key: 'k', ciphertext: 'x' }] }), '"assertions.decrypts.0.ciphertext" is no ciphertext'],
    [assertOf({ counts: [{ mount: 'a' }] }), '"assertions.counts.0" has no bound: name "min", "max"'],
    [assertOf({ counts: [{ mount: 'a', min: 2, max: 1 }] }), '"assertions.counts.0.max" is less than "min"'],
    [assertOf({ counts: [{ mount: 'a', min: 1.5 }] }), '"assertions.counts.0.min" is not a whole number'],
    [assertOf({ counts: [{ mount: 'a', min: -1 }] }), '"assertions.counts.0.min" is less than 0'],
    [
      assertOf({ counts: [{ mount: 'a', withinPercentOfLast: 101 }] }),
      '"assertions.counts.0.withinPercentOfLast" is more than 100',
    ],
  ])('%j', (plan, message) => {
    const said = refusalOf(plan);
    expect(said).toContain(message);
    expect(said).toMatch(/^The restore test's plan is not valid: .*\.$/);
  });

  it('all of them at once', () => {
    expect(refusalOf({ from: { s3: 'x' }, seal: { type: 'wax' }, room: 'dark' }).split('; ')).toHaveLength(3);
  });
});

describe('a secret that is written into a plan is refused and not repeated:', () => {
  const secret = 'hunter2-hunter2';
  const parts = { accessKeyId: 'env:A', secretAccessKey: 'env:B' };

  it.each<[string, unknown]>([
    ['the key of the bucket', { from: { ...from, ...parts, secretAccessKey: secret }, seal }],
    ['its session token', { from: { ...from, ...parts, sessionToken: secret }, seal }],
    ['the token of the seal', { from, seal: { ...seal, token: secret } }],
    ['the key of a static seal', { from, seal: { type: 'static', current_key_id: '1', current_key: secret } }],
    ['a share', { from, seal: { type: 'shamir', shares: [secret] } }],
    ['a password', { ...least, verify: { ...who, password: secret } }],
    ['a secret id', { ...least, verify: { method: 'approle', roleId: 'r', secretId: secret } }],
    ['a token', { ...least, verify: { method: 'token', token: secret } }],
    ['a token of another form', { ...least, verify: { method: 'token', token: { value: secret } } }],
    ['a password in the wrong place', { ...least, verify: secret }],
    [
      'the key of an HMAC',
      { ...least, assertions: { paths: [{ path: 'a', field: 'f', hmac: { sha256: digest, key: secret } }] } },
    ],
    ['the key that signs', { ...least, signing: { key: secret } }],
    ['a password in the address of the store', { from: { ...from, endpoint: `https://ann:${secret}@s3` }, seal }],
    [
      'a password in the address of OpenBao',
      { ...least, secretStores: { openbao: { address: `https://a:${secret}@b`, credential: who } } },
    ],
    ['one that looks like a reference', { ...least, verify: { method: 'token', token: `env:${secret}` } }],
  ])('%s', (_, plan) => {
    expect(refusalOf(plan)).not.toContain('hunter2');
  });
});
