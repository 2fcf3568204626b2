/** Puts the sources of all references together, for the secret stores that a plan names. */
import type { LogIn } from '../../activities/ports/log-in.js';
import type { References } from '../../activities/ports/references.js';
import type { SecretScheme } from '../../domain/pair/secret-ref.js';
import type { SecretStores } from '../../domain/pair/secret-stores.js';
import type { OpenBao, OpenBaoEndpoint } from '../../systems/openbao/api/client.js';
import type { KnownSecrets } from '../../systems/secrets/known-secrets.js';
import type { Environment } from '../../systems/tools/index.js';
import { allowanceOf, type ReferenceAllowance } from './references/allowance.js';
import { createEnvSource } from './references/env.js';
import { createFileSource, type FileSourceOptions } from './references/file.js';
import { createKubernetesSource } from './references/kubernetes.js';
import { createOpenBaoSource } from './references/openbao.js';
import { createReferences } from './references/references.js';
import { secretNotReadable, type SecretSource } from './references/secret-source.js';
import type { OpenSecretCluster } from './secret-cluster.js';
import { createOpenSecretStore, referencesOfStore, secretStoreIn } from './secret-store.js';

export interface ConnectReferencesOptions extends FileSourceOptions {
  /** Resolves what lanes keep. */
  readonly materials: References;
  readonly environment: Environment;
  readonly openCluster: OpenSecretCluster;
  readonly secrets: Pick<KnownSecrets, 'remember'>;
  readonly allowance: ReferenceAllowance;
  readonly connect: (endpoint: OpenBaoEndpoint) => OpenBao;
  readonly logIn: LogIn;
}

/** References as they resolve with these secret stores; what is not named is the worker's own. */
export type ConnectReferences = (stores?: SecretStores) => References;

export const createConnectReferences = (options: ConnectReferencesOptions): ConnectReferences => {
  const { materials, environment, openCluster, secrets, allowance, connect, logIn } = options;
  const file = createFileSource(options);
  const env = createEnvSource(environment);
  const own = secretStoreIn(environment);

  return (stores = {}) => {
    const store = stores.openbao ?? own;
    const sources = {
      lane: materials,
      env,
      file,
      k8s: createKubernetesSource(() => openCluster(stores.kubernetes ?? {})),
    } satisfies Omit<Record<SecretScheme, SecretSource>, 'openbao'>;
    const beneath = createReferences({
      sources: { ...sources, openbao: noStore },
      allowance: stores.openbao === undefined && own !== undefined ? allowanceOf(referencesOfStore(own)) : allowance,
      secrets,
    });
    const openbao = createOpenBaoSource(createOpenSecretStore({ store, references: beneath, connect, logIn }));
    return createReferences({ sources: { ...sources, openbao }, allowance, secrets });
  };
};

/** A store whose login lay in a store would have no beginning. */
const noStore: SecretSource = {
  async read(ref) {
    throw secretNotReadable(ref, 'the login of the OpenBao that holds secrets is itself named by another scheme');
  },
};
