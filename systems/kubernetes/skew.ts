/** Kubernetes supports kubectl within one minor version of the API server, older or newer. */
import { KnownFailure } from '../../domain/known-failure.js';

const minorOf = (version: string): readonly [number, number] => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
};

/** @throws KnownFailure `KubectlSkewed`. */
export const assertSkew = (context: string, { client, server }: { client: string; server: string }): void => {
  const [clientMajor, clientMinor] = minorOf(client);
  const [serverMajor, serverMinor] = minorOf(server);
  if (clientMajor === serverMajor && Math.abs(clientMinor - serverMinor) <= 1) return;
  throw new KnownFailure(
    'KubectlSkewed',
    `kubectl ${client} is more than one minor version away from the API server of ${context}: get kubectl ` +
      `${serverMajor}.${serverMinor} (https://dl.k8s.io/release/v${server}/bin/<system>/<processor>/kubectl, as linux/amd64), ` +
      'and set OPENBAO_DR_KUBECTL to its path',
    { facts: { context, kubectl: client, server } },
  );
};
