/** A drill cannot begin in a namespace that does not know its search attributes, so they are made where they may be. */
import type { ConnectionLike } from '@temporalio/client';
import { searchAttributeNames } from '../../domain/contract/contract.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { waitUntil } from '../waiting/wait-until.js';
import type { TemporalSettings } from './connection-settings.js';
import { grpcStatus, statusOf } from './failures.js';

export interface EnsureSearchAttributesOptions {
  /** How long new attributes may take to become usable. Default: 30000. */
  readonly timeoutMs?: number;
}

/** temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD */
const keyword = 2;

/**
 * Makes sure that the drill's search attributes can be used in the namespace. Safe to repeat, and by several at once.
 *
 * @throws KnownFailure `SearchAttributesMissing`: these credentials may not create them; the sentence has the command.
 * @throws KnownFailure `SearchAttributesUnusable` (a retry may help): they did not become usable in time.
 */
export const ensureSearchAttributes = async (
  connection: Pick<ConnectionLike, 'workflowService' | 'operatorService'>,
  { address, namespace }: Pick<TemporalSettings, 'address' | 'namespace'>,
  { timeoutMs = 30_000 }: EnsureSearchAttributesOptions = {},
): Promise<void> => {
  const missing = await findMissing(connection, namespace);
  if (missing.length === 0) return;
  try {
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, keyword]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    const status = statusOf(error);
    const { alreadyExists, permissionDenied, unauthenticated, unimplemented } = grpcStatus;
    const refused = status === permissionDenied || status === unauthenticated || status === unimplemented;
    if (refused) throw mayNotCreate(missing, address, namespace, error);
    if (status !== alreadyExists) throw error;
  }
  await waitUntil(async () => ((await findMissing(connection, namespace)).length === 0 ? true : undefined), {
    what: `the search attributes ${missing.join(', ')} to be usable as Keyword in namespace ${namespace}`,
    timeoutMs,
    failureType: 'SearchAttributesUnusable',
  });
};

/**
 * Asks for workflows that have the attribute, because that needs no right that a drill does not need anyway, and because it
 * shows whether the attribute can be used.
 */
const findMissing = async (
  { workflowService }: Pick<ConnectionLike, 'workflowService'>,
  namespace: string,
): Promise<readonly string[]> => {
  const probed = await Promise.all(
    Object.values(searchAttributeNames).map(async (name) => {
      try {
        await workflowService.countWorkflowExecutions({ namespace, query: `${name} = "probe"` });
        return [];
      } catch (error) {
        if (statusOf(error) === grpcStatus.invalidArgument) return [name];
        throw error;
      }
    }),
  );
  return probed.flat();
};

const mayNotCreate = (missing: readonly string[], address: string, namespace: string, cause: unknown): KnownFailure => {
  return new KnownFailure(
    'SearchAttributesMissing',
    `Namespace ${namespace} lacks the search attributes ${missing.join(', ')}, and these credentials may not create them. ` +
      `${howToCreate(missing, address, namespace)}, or set OPENBAO_DR_SEARCH_ATTRIBUTES=none to do without.`,
    { cause },
  );
};

/** Temporal Cloud creates them in its control plane only, whatever the credentials may do in the namespace. */
const howToCreate = (missing: readonly string[], address: string, namespace: string): string => {
  if (isCloud(address)) {
    const flags = missing.map((name) => `--search-attribute "${name}=Keyword"`).join(' ');
    return (
      `Let an administrator of Temporal Cloud run \`tcld namespace search-attributes add --namespace ${namespace} ${flags}\`, ` +
      'or add them as Keyword in its UI (Namespaces, the namespace, Edit)'
    );
  }
  const flags = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
  return `Let an administrator run \`temporal operator search-attribute create --address ${address} --namespace ${namespace} ${flags}\``;
};

/** Endpoints of namespaces and of regions. */
const isCloud = (address: string): boolean => /\.(?:tmprl\.cloud|api\.temporal\.io)(?::\d+)?$/i.test(address);
