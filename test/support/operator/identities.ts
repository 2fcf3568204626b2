/** Identities of drills on a real API server: accounts with the roles that the program publishes, and tokens of theirs. */
import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { textAt } from '../../../domain/fields.js';
import type { PairSide } from '../../../domain/pair/topology.js';
import type { Cluster, KubernetesObject } from '../../../systems/kubernetes/cluster.js';
import type { ApiServerAddress } from '../kubernetes/api-servers.js';
import { standInLabels } from './definitions.js';
import { identitiesNamespace, namespacesOf } from './foreign.js';

export interface DrillIdentity {
  /** Name of the account. */
  readonly name: string;
  /** `verb resource` that it lacks, as `create openbaorestores`. */
  readonly lacks?: string;
}

interface Rule {
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
}

const file = new URL('../../../infra/lanes/k3d/rbac/drill.yaml', import.meta.url);

/** The published objects, as far as they are of this side and of namespaces that the stand-in has, for an account of this name. */
export const identityObjects = async (
  side: PairSide,
  { name, lacks }: DrillIdentity,
): Promise<readonly KubernetesObject[]> => {
  const published = parseAllDocuments(await readFile(file, 'utf8')).map((one) => one.toJS() as KubernetesObject);
  const namespaces = [undefined, ...namespacesOf(side)];
  return published
    .filter(({ metadata }) => metadata.labels?.[`openbao-dr/in-${side}`] !== undefined)
    .filter(({ kind, metadata }) => kind !== 'Namespace' && namespaces.includes(metadata.namespace))
    .map((object) => forAccount(object, name, lacks));
};

/** Published names begin with `openbao-dr-`; the account's own take the place of `drill` in them. */
const forAccount = (object: KubernetesObject, account: string, lacks?: string): KubernetesObject => {
  const rename = (name: string): string => name.replace(/drill$/, account);
  const { metadata } = object;
  const roleRef = object['roleRef'] as { name: string } | undefined;
  const subjects = object['subjects'] as readonly { name: string }[] | undefined;
  const rules = object['rules'] as readonly Rule[] | undefined;
  const [verb, resource = ''] = lacks?.split(' ') ?? [];
  return {
    ...object,
    metadata: { ...metadata, name: rename(metadata.name), labels: { ...metadata.labels, ...standInLabels } },
    ...(roleRef !== undefined && { roleRef: { ...roleRef, name: rename(roleRef.name) } }),
    ...(subjects !== undefined && { subjects: subjects.map((one) => ({ ...one, name: rename(one.name) })) }),
    ...(rules !== undefined && {
      rules: rules.map((rule) =>
        rule.resources?.includes(resource) === true
          ? { ...rule, verbs: rule.verbs.filter((other) => other !== verb) }
          : rule,
      ),
    }),
  };
};

export interface ContextOf {
  readonly context: string;
  readonly address: ApiServerAddress;
  /** Secret. */
  readonly token: string;
}

/** A token of the account for the API server itself. Secret. */
export const tokenOfIdentity = async (cluster: Cluster, serviceAccount: string): Promise<string> =>
  cluster.createToken({
    serviceAccount,
    namespace: identitiesNamespace,
    audience: textAt(await cluster.raw('/.well-known/openid-configuration'), 'issuer') ?? '',
    seconds: 3_600,
  });

/** A kubeconfig, as text. Secret. */
export const kubeconfigOf = (contexts: readonly ContextOf[]): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: contexts.map(({ context, address: { url, authority } }) => ({
      name: context,
      cluster: { server: url, 'certificate-authority-data': authority },
    })),
    users: contexts.map(({ context, token }) => ({ name: context, user: { token } })),
    contexts: contexts.map(({ context }) => ({ name: context, context: { cluster: context, user: context } })),
  });
