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
    `kubectl must be within one minor version of the API server: name one of ${serverMajor}.${serverMinor} in OPENBAO_DR_KUBECTL`,
    { facts: { context, kubectl: client, server } },
  );
};
