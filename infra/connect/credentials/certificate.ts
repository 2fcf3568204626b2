import { createSecureContext } from 'node:tls';
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import type { CertificateCredential } from '../../../domain/pair/credentials.js';
import type { ClientCertificate } from '../../../systems/openbao/api/endpoint.js';
import { logInAt, loginRefused, type LoginTools, type LoginWay } from './login-way.js';

/** The certificate is shown on the connection itself, here and by the session: a listener may ask for one each time. */
export const logInWithCertificate: LoginWay<CertificateCredential> = async (credential, { references, ...tools }) => {
  const { role, mountPath = 'cert' } = credential;
  const endpoint = { ...tools.endpoint, client: await certificateOf(credential, references) };
  try {
    return await logInAt(
      { ...tools, endpoint },
      {
        credential,
        path: `auth/${mountPath}/login`,
        body: role === undefined ? {} : { name: role },
        refusals: [
          {
            said: /invalid certificate|failed to (?:match|verify)|no chain matching|no client certificate|certificate .* (?:expired|revoked)/i,
            sentence:
              'OpenBao does not accept this certificate: check which CA and which names the login is bound to, and whether the certificate has expired.',
          },
        ],
      },
    );
  } catch (error) {
    // A listener that asks for certificates of its own CA ends the connection.
    if (!isKnownFailure(error, 'OpenBaoUnreachable') || !/ALERT/.test(String(error.facts['code']))) throw error;
    throw loginRefused(
      endpoint,
      credential,
      "OpenBao's listener does not accept this certificate: check which CA it asks for.",
    );
  }
};

const certificateOf = async (
  { certificate, key }: CertificateCredential,
  references: LoginTools['references'],
): Promise<ClientCertificate> => {
  const [certificatePem, keyPem] = await Promise.all([references.read(certificate), references.read(key)]);
  try {
    createSecureContext({ cert: certificatePem, key: keyPem });
    return { certificatePem, keyPem };
  } catch {
    throw new KnownFailure(
      'SecretUnusable',
      `The references ${certificate} and ${key} name no certificate in PEM with its private key: check that they belong together, and that the key has no passphrase.`,
    );
  }
};
