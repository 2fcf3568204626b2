/** Opens the OpenBao that `openbao:` references are read from: the plan's, or the one that the worker's environment names. */
import { rootCertificates } from 'node:tls';
import type { LoginTerms, LogIn } from '../../activities/ports/log-in.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { isSecretRef, type SecretRef } from '../../domain/pair/secret-ref.js';
import type { OpenBaoSecretStore } from '../../domain/pair/secret-stores.js';
import type { Environment } from '../../systems/tools/index.js';
import type { OpenSecretStore } from './references/openbao.js';

/** What the settings of OpenBao's own command line say; `VAULT_*` where `BAO_*` says nothing. */
export const secretStoreIn = (environment: Environment): OpenBaoSecretStore | undefined => {
  const nameOf = (name: string) => [`BAO_${name}`, `VAULT_${name}`].find((variable) => environment[variable]);
  const valueOf = (name: string) => environment[nameOf(name) ?? ''];
  const address = valueOf('ADDR');
  const token = nameOf('TOKEN');
  if (address === undefined || token === undefined) return undefined;
  const ca = valueOf('CACERT');
  return {
    address,
    serverName: valueOf('TLS_SERVER_NAME'),
    ...(ca !== undefined && { ca: `file:${ca}` }),
    credential: { method: 'token', namespace: valueOf('NAMESPACE'), token: `env:${token}` },
  };
};

/** What a store's own settings refer to: what the administrator has named, the administrator has allowed. */
export const referencesOfStore = ({ ca, credential }: OpenBaoSecretStore): readonly SecretRef[] =>
  [ca, ...(Object.values(credential) as readonly unknown[])].filter(
    (value): value is SecretRef => typeof value === 'string' && isSecretRef(value),
  );

export interface OpenSecretStoreOptions extends LoginTerms {
  readonly store: OpenBaoSecretStore | undefined;
  readonly logIn: LogIn;
}

/** Logs in anew for each question: a token that waits in memory would have to be renewed, and is one more secret. */
export const createOpenSecretStore =
  ({ store, logIn, ...terms }: OpenSecretStoreOptions): OpenSecretStore =>
  async (ask) => {
    if (store === undefined) throw storeMissing();
    const { address, ca, credential } = store;
    const endpoint = {
      address,
      serverName: store.serverName ?? hostOf(address),
      caPem: ca === undefined ? rootCertificates.join('\n') : await terms.references.read(ca),
    };
    const session = await logIn(endpoint, credential, terms);
    try {
      return await ask(session);
    } finally {
      if (credential.method !== 'token') await session.revokeSelf().catch(() => undefined);
    }
  };

const storeMissing = (): KnownFailure =>
  new KnownFailure(
    'SecretStoreMissing',
    'No OpenBao is named that openbao: references are read from: name one in the plan under "secretStores.openbao", or set BAO_ADDR and BAO_TOKEN for the worker.',
  );

const hostOf = (address: string): string => {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'https:' && url.username === '' && url.password === '') return url.hostname;
  throw new KnownFailure(
    'SecretStoreMissing',
    'The OpenBao that openbao: references are read from has no address of the form https://host:port: correct it in the plan, or in BAO_ADDR.',
  );
};
