/** The address of an OpenBao, and the proof that it is the right one. */
export interface OpenBaoEndpoint {
  /** `https://host:port` to connect to, or `unix://` and the absolute path of a socket on this machine. */
  readonly address: string;
  /** The name sent as SNI and verified in the certificate; behind a passthrough edge it picks the server. */
  readonly serverName: string;
  /** PEM bundle of the only authorities trusted for this endpoint. Without meaning for a socket, whose folder is its proof. */
  readonly caPem: string;
  /** Path of the namespace that every request is about. Default: the root namespace. */
  readonly namespace?: string | undefined;
  /** Shown to the server as who the client is. Default: none. */
  readonly client?: ClientCertificate | undefined;
}

export interface ClientCertificate {
  /** With those that it was issued by, if the server has to see them. */
  readonly certificatePem: string;
  /** Secret. */
  readonly keyPem: string;
}

const socketScheme = 'unix://';

/**
 * The endpoint of an OpenBao that listens on a socket. The file's folder must be this user's alone, because nothing else proves
 * the server.
 */
export const socketEndpoint = (path: string, serverName: string): OpenBaoEndpoint => ({
  address: `${socketScheme}${path}`,
  serverName,
  caPem: '',
});

/** The socket's path; undefined for an endpoint that is reached over the network. */
export const socketPathOf = ({ address }: Pick<OpenBaoEndpoint, 'address'>): string | undefined =>
  address.startsWith(socketScheme) ? address.slice(socketScheme.length) : undefined;
