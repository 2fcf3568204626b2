/** Connections of clients: bounded in time, checked, and clear about what is wrong. */
import { Client, Connection, type ConnectionLike } from '@temporalio/client';
import { isKnownFailure } from '../../domain/known-failure.js';
import type { TemporalSettings } from './connection-settings.js';
import { asConnectFailure, grpcStatus, statusOf } from './failures.js';

export interface ClientConnection {
  readonly connection: Connection;
  /** Bound to the namespace of the settings. */
  readonly client: Client;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Default: 5000. */
  readonly timeoutMs?: number;
}

/**
 * Connects, and makes sure that the namespace is there.
 *
 * @throws KnownFailure `TemporalUnreachable` (a retry may help): nothing that speaks Temporal answers in time.
 * @throws KnownFailure `NamespaceMissing` or `TemporalAccessDenied`.
 */
export const connectClient = async (
  settings: TemporalSettings,
  { timeoutMs = 5_000 }: ConnectOptions = {},
): Promise<ClientConnection> => {
  const deadline = Date.now() + timeoutMs;
  const connection = Connection.lazy({
    ...settings.connectionOptions,
    connectTimeout: timeoutMs,
    ...(isLoopback(settings.address) && { channelArgs: { 'grpc.enable_http_proxy': 0 } }),
  });
  try {
    await connection.ensureConnected();
    await connection.withDeadline(deadline, () => describeNamespace(connection, settings.namespace));
  } catch (error) {
    await connection.close();
    throw asConnectFailure(error, settings);
  }
  return {
    connection,
    client: new Client({ connection, namespace: settings.namespace }),
    close: () => connection.close(),
  };
};

/** Whether a Temporal server answers in time, even if it refuses the namespace or the credentials. */
export const answers = async (settings: TemporalSettings, timeoutMs: number): Promise<boolean> => {
  try {
    await (await connectClient(settings, { timeoutMs })).close();
    return true;
  } catch (error) {
    if (isKnownFailure(error, 'TemporalUnreachable')) return false;
    if (isKnownFailure(error)) return true;
    throw error;
  }
};

/** Asked of every new connection: any HTTP server may let a gRPC connection begin. */
export const describeNamespace = (
  connection: Pick<ConnectionLike, 'workflowService'>,
  namespace: string,
): Promise<{ readonly namespaceInfo?: { readonly id?: string | null } | null }> =>
  connection.workflowService.describeNamespace({ namespace });

/**
 * Identity of the Temporal cluster, the same after every restart of its servers. A service that keeps its clusters' identities
 * to itself is identified by its namespace's id, which is as unique.
 */
export const readClusterId = async (
  connection: Pick<ConnectionLike, 'workflowService'>,
  namespace: string,
): Promise<string> => {
  try {
    const { clusterId } = await connection.workflowService.getClusterInfo({});
    if (clusterId) return clusterId;
  } catch (error) {
    const { permissionDenied, unauthenticated, unimplemented } = grpcStatus;
    const status = statusOf(error);
    if (status !== permissionDenied && status !== unauthenticated && status !== unimplemented) throw error;
  }
  const { namespaceInfo } = await describeNamespace(connection, namespace);
  return `namespace:${namespaceInfo?.id}`;
};

/** gRPC would send even these through the proxy that the environment names. */
const isLoopback = (address: string): boolean => /^(localhost|127\.[\d.]+|\[::1\]):/.test(address);
