/** Connects to an edge like a client's TLS, only to see whether a server answers to a name. */
import { createHash } from 'node:crypto';
import { connect } from 'node:tls';

export interface AskedName {
  /** `https://host:port`. */
  readonly address: string;
  /** The name to ask for (SNI). */
  readonly serverName: string;
  /** After this long without an answer, the edge is silent. Default: 5000. */
  readonly timeoutMs?: number;
}

/**
 * `answered`: a server showed a certificate. `refused`: the connection was turned away or closed before that, and `code`
 * is Node's word for how. `silent`: neither; no proof of anything.
 */
export type NameAnswer =
  | { readonly outcome: 'answered'; readonly certificateSha256: string }
  | { readonly outcome: 'refused'; readonly code: string }
  | { readonly outcome: 'silent' };

/** OpenSSL's name for the alert of an edge that has no route for a name. */
export const UNKNOWN_NAME = 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME';

/** Sends nothing but the handshake. Never fails. */
export const askForName = ({ address, serverName, timeoutMs = 5_000 }: AskedName): Promise<NameAnswer> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(address);
    // Any certificate is an answer: one that does not verify is no refusal.
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 443),
      servername: serverName,
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => settle({ outcome: 'silent' }), timeoutMs);
    const settle = (answer: NameAnswer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.once('secureConnect', () => {
      const { raw } = socket.getPeerCertificate() as { raw?: Buffer };
      settle({
        outcome: 'answered',
        certificateSha256: createHash('sha256')
          .update(raw ?? '')
          .digest('hex'),
      });
    });
    // Stays attached: a socket may fail again while it is destroyed.
    socket.on('error', (error: NodeJS.ErrnoException) => settle({ outcome: 'refused', code: error.code ?? 'UNKNOWN' }));
    socket.once('close', () => settle({ outcome: 'refused', code: 'CLOSED' }));
  });

/** Completes "a connection for <name> ". */
export const describeNameAnswer = (answer: NameAnswer): string =>
  answer.outcome === 'refused'
    ? `was refused (${answer.code})`
    : `was ${answer.outcome === 'silent' ? 'met by silence' : 'answered'}`;
