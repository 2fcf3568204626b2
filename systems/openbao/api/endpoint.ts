/** Where an OpenBao answers and how to know that it is the right one. */
export interface OpenBaoEndpoint {
  /** `https://host:port` to connect to. */
  readonly address: string;
  /** The name sent as SNI and verified in the certificate; behind a passthrough edge it picks the server. */
  readonly serverName: string;
  /** PEM bundle of the only authorities trusted for this endpoint. */
  readonly caPem: string;
}
