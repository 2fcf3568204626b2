/** Turns failed calls to a Temporal server into failures that say what to do. */
import { isGrpcServiceError } from '@temporalio/client';
import { KnownFailure } from '../../domain/known-failure.js';
import type { TemporalSettings } from './connection-settings.js';

/** Status codes of gRPC that are distinguished here (https://grpc.io/docs/guides/status-codes/). */
export const grpcStatus = {
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  unimplemented: 12,
  unauthenticated: 16,
} as const;

/** The gRPC status of an error, or of what caused it. */
export const statusOf = (error: unknown): number | undefined => {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? statusOf(error.cause) : undefined;
};

/** Turns what went wrong while connecting into a {@link KnownFailure}. */
export const asConnectFailure = (error: unknown, { address, namespace, named }: TemporalSettings): KnownFailure => {
  switch (statusOf(error)) {
    case grpcStatus.notFound:
    case grpcStatus.invalidArgument:
      return new KnownFailure(
        'NamespaceMissing',
        `Temporal at ${address} has no namespace ${namespace}: name another with TEMPORAL_NAMESPACE, or create it with ` +
          `"temporal operator namespace create --namespace ${namespace}".`,
        { cause: error },
      );
    case grpcStatus.permissionDenied:
    case grpcStatus.unauthenticated:
      return new KnownFailure(
        'TemporalAccessDenied',
        `Temporal at ${address} does not let these credentials use namespace ${namespace}: check TEMPORAL_API_KEY or the ` +
          'client certificate.',
        { cause: error },
      );
    default:
      return new KnownFailure(
        'TemporalUnreachable',
        named
          ? `No Temporal server answers at ${address}, which the settings name: start it, or correct TEMPORAL_ADDRESS and the ` +
              'TLS settings. No other server is used in its place.'
          : `No Temporal server answers at ${address}: start one with "openbao-dr dev", or name yours with TEMPORAL_ADDRESS.`,
        { retryable: true, cause: error },
      );
  }
};
