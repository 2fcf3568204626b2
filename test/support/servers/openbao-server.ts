/** Real OpenBao servers for tests: one node each, TLS, initialised, on free loopback ports, gone with their folder. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isKnownFailure } from '../../../domain/known-failure.js';
import {
  createOpenBao,
  type OpenBao,
  type OpenBaoEndpoint,
  type OpenBaoSession,
} from '../../../systems/openbao/api/client.js';
import {
  renderServerConfig,
  type StaticSeal,
  TRANSIT_TOKEN_VARIABLE,
  type TransitSealStanza,
} from '../../../systems/openbao/server-config.js';
import { startBackgroundProcess, stopBackgroundProcess } from '../../../systems/processes/background-process.js';
import { findFreePorts } from '../../../systems/processes/free-ports.js';
import { readLogTail } from '../../../systems/processes/log-tail.js';
import { createCertificateAuthority } from '../../../systems/tls/certificate-authority.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { toolPath } from '../tools.js';

export interface TestTransitSeal {
  readonly infra: TestOpenBaoServer;
  readonly keyName: string;
  /** A token that may encrypt and decrypt with that key. */
  readonly token: string;
}

export interface TestOpenBaoOptions {
  /** Without one, the server has a static seal of its own. */
  readonly seal?: TestTransitSeal;
  /** Default: true. */
  readonly initialize?: boolean;
  readonly auditToStdout?: boolean;
  /** Members of the configuration file besides those that every server has, given the server's folder and those. */
  readonly configure?: (folder: string, config: { readonly listener: readonly object[] }) => object;
}

export interface TestOpenBaoServer extends AsyncDisposable {
  readonly endpoint: OpenBaoEndpoint;
  readonly openbao: OpenBao;
  /** Empty if the server was left uninitialised. */
  readonly rootToken: string;
  /** With the root token. */
  readonly root: OpenBaoSession;
  readonly clusterName: string;
  /** Its own, gone when it is disposed of. */
  readonly folder: string;
  readonly logFile: string;
  stop(): Promise<void>;
  /** Starts the stopped server again on its data. */
  start(): Promise<void>;
}

/** Starts `bao`, and waits until it is active, or answers if it is not to be initialised. */
export const startOpenBaoServer = async (
  name: string,
  { seal, initialize = true, auditToStdout = false, configure = () => ({}) }: TestOpenBaoOptions = {},
): Promise<TestOpenBaoServer> => {
  const folder = await mkdtemp(join(tmpdir(), `openbao-${name}-`));
  const inFolder = (file: string) => join(folder, file);
  const serverName = `${name}.example.com`;
  const [apiPort = 0, clusterPort = 0] = await findFreePorts(2);
  const authority = await createCertificateAuthority({ commonName: `${name} test CA`, validDays: 1 });
  const { certificatePem, keyPem } = await authority.issue({
    commonName: serverName,
    dnsNames: [serverName],
    ipAddresses: ['127.0.0.1'],
    validDays: 1,
  });
  await mkdir(inFolder('data'));
  const config = renderServerConfig({
    clusterName: name,
    nodeId: `${name}-0`,
    host: '127.0.0.1',
    apiPort,
    clusterPort,
    dataFolder: inFolder('data'),
    certificateFile: inFolder('tls.crt'),
    keyFile: inFolder('tls.key'),
    seal: seal === undefined ? staticSeal(inFolder('unseal.key')) : transitSeal(seal, inFolder('infra-ca.pem')),
    auditToStdout,
  });
  const written = JSON.parse(config) as { readonly listener: readonly object[] };
  await Promise.all([
    writeFile(inFolder('tls.crt'), certificatePem),
    writeFile(inFolder('tls.key'), keyPem, { mode: 0o600 }),
    writeFile(inFolder('unseal.key'), randomBytes(32), { mode: 0o600 }),
    writeFile(inFolder('infra-ca.pem'), seal?.infra.endpoint.caPem ?? ''),
    writeFile(inFolder('config.json'), JSON.stringify({ ...written, ...configure(folder, written) }, undefined, 2)),
  ]);

  const endpoint = { address: `https://127.0.0.1:${apiPort}`, serverName, caPem: authority.certificatePem };
  const openbao = createOpenBao(endpoint);
  const bao = toolPath('bao');
  await chmod(bao, 0o755).catch(() => undefined);
  const logFile = inFolder('bao.log');
  const launch = () =>
    startBackgroundProcess({
      file: bao,
      args: ['server', `-config=${inFolder('config.json')}`],
      env: { HOME: folder, ...(seal === undefined ? {} : { [TRANSIT_TOKEN_VARIABLE]: seal.token }) },
      cwd: folder,
      logFile,
    });
  let running = await launch();

  const stop = async () => {
    await stopBackgroundProcess(running);
  };
  const dispose = async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  };
  const untilHealth = async (what: string, expected: (status: number) => boolean) => {
    try {
      await waitUntil(async () => (expected(await healthStatus(openbao)) ? true : undefined), {
        what: `${name} to ${what}`,
        timeoutMs: 30_000,
        intervalMs: 50,
      });
    } catch (error) {
      throw new Error(`${String(error)}\n${await readLogTail(logFile)}`, { cause: error });
    }
  };

  try {
    await untilHealth('answer', (status) => status > 0);
    const rootToken = initialize
      ? (await openbao.initialize({ recoveryShares: 1, recoveryThreshold: 1 })).rootToken
      : '';
    if (initialize) await untilHealth('become active', (status) => status === 200);
    return {
      endpoint,
      openbao,
      rootToken,
      root: openbao.useToken(rootToken),
      clusterName: name,
      folder,
      logFile,
      stop,
      start: async () => {
        running = await launch();
        await untilHealth('answer', (status) => status > 0);
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
};

/** Serves a Transit key for seals, and returns what {@link startOpenBaoServer} needs to seal with it. */
export const createTransitSeal = async (infra: TestOpenBaoServer, keyName: string): Promise<TestTransitSeal> => {
  const mounts = await infra.root.read('sys/mounts');
  if (mounts?.['transit/'] === undefined) await infra.root.write('sys/mounts/transit', { type: 'transit' });
  await infra.root.write(`transit/keys/${keyName}`, {});
  const rule = (action: string) => `path "transit/${action}/${keyName}" { capabilities = ["update"] }`;
  const policy = [
    rule('encrypt'),
    rule('decrypt'),
    'path "auth/token/lookup-self" { capabilities = ["read"] }',
    'path "auth/token/renew-self" { capabilities = ["update"] }',
  ];
  await infra.root.write(`sys/policies/acl/seal-${keyName}`, { policy: policy.join('\n') });
  const token = await infra.root.createOrphanToken({ policies: [`seal-${keyName}`], period: '24h' });
  return { infra, keyName, token };
};

/** Gives a user of `auth/userpass`, mounted if need be, exactly these capabilities. */
export const createUser = async (
  { root }: TestOpenBaoServer,
  username: string,
  password: string,
  rules: Readonly<Record<string, readonly string[]>> = {},
): Promise<void> => {
  const mounts = await root.read('sys/auth');
  if (mounts?.['userpass/'] === undefined) await root.write('sys/auth/userpass', { type: 'userpass' });
  const policy = Object.entries(rules).map(
    ([path, capabilities]) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`,
  );
  await root.write(`sys/policies/acl/${username}`, { policy: policy.join('\n') || '# nothing' });
  await root.write(`auth/userpass/users/${username}`, { password, token_policies: [username] });
};

const staticSeal = (keyFile: string): StaticSeal => ({ type: 'static', keyId: 'test-1', keyFile });

const transitSeal = ({ infra, keyName }: TestTransitSeal, caFile: string): TransitSealStanza => ({
  type: 'transit',
  address: infra.endpoint.address,
  serverName: infra.endpoint.serverName,
  caFile,
  mountPath: 'transit/',
  keyName,
});

/** 0 if nothing answers yet. */
const healthStatus = async (openbao: OpenBao): Promise<number> => {
  try {
    return (await openbao.health()).status;
  } catch (error) {
    if (isKnownFailure(error, 'OpenBaoUnreachable')) return 0;
    throw error;
  }
};
