/** Renders the JSON configuration of one OpenBao server with Raft storage. Holds no secret: tokens come by environment or file. */

export interface StaticSeal {
  readonly type: 'static';
  readonly keyId: string;
  /** A file of 32 random bytes. */
  readonly keyFile: string;
}

export interface TransitSealStanza {
  readonly type: 'transit';
  /** `https://host:port` of the OpenBao that serves Transit. */
  readonly address: string;
  readonly serverName: string;
  readonly caFile: string;
  /** Like `transit/`. */
  readonly mountPath: string;
  readonly keyName: string;
  /** Holds the token, where no variable does. */
  readonly tokenFile?: string;
}

export interface OpenBaoServerConfig {
  readonly clusterName: string;
  readonly nodeId: string;
  /** Address to listen on, and to be told to others: a loopback address, or a name of this host alone. */
  readonly host: string;
  readonly apiPort: number;
  readonly clusterPort: number;
  readonly dataFolder: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly seal: StaticSeal | TransitSealStanza;
  /**
   * 1 elects a leader fastest (1.6 s after the start instead of 7 s) and suits servers on one machine. Default: 1.
   */
  readonly performanceMultiplier?: number;
  /**
   * Writes an audit line for every request to standard output. Source and target of a restore must agree: a restored
   * store refuses to unseal under other audit stanzas. Default: false.
   */
  readonly auditToStdout?: boolean;
  /** Default: `info`. */
  readonly logLevel?: 'trace' | 'debug' | 'info' | 'warn' | 'error';
}

/** The environment variable a server takes its Transit token from, so that the token is in no file and no argument. */
export const TRANSIT_TOKEN_VARIABLE = 'VAULT_TRANSIT_SEAL_TOKEN';

/**
 * The text of a configuration file for `bao server -config=…`. The data folder must exist. Start the server with a clean
 * environment: variables like `BAO_ADDR` take precedence over the seal's stanza.
 *
 * Format: https://openbao.org/docs/configuration/
 */
export const renderServerConfig = (config: OpenBaoServerConfig): string => {
  const { host, apiPort, clusterPort, performanceMultiplier = 1, auditToStdout = false, logLevel = 'info' } = config;
  return JSON.stringify(
    {
      cluster_name: config.clusterName,
      api_addr: `https://${host}:${apiPort}`,
      cluster_addr: `https://${host}:${clusterPort}`,
      ui: false,
      log_level: logLevel,
      listener: [
        {
          tcp: {
            address: `${host}:${apiPort}`,
            cluster_address: `${host}:${clusterPort}`,
            tls_cert_file: config.certificateFile,
            tls_key_file: config.keyFile,
            // The default of 30 s cuts a restore whose upload takes longer.
            http_read_timeout: '2h',
          },
        },
      ],
      storage: {
        raft: {
          path: config.dataFolder,
          node_id: config.nodeId,
          performance_multiplier: String(performanceMultiplier),
        },
      },
      seal: [renderSeal(config.seal)],
      // The device is a typed object, because the labels of HCL's `audit "file" "stdout"` have no JSON form that 2.7 reads.
      ...(auditToStdout && { audit: [{ type: 'file', path: 'stdout', options: { file_path: 'stdout' } }] }),
    },
    null,
    2,
  );
};

const renderSeal = (seal: StaticSeal | TransitSealStanza): object =>
  seal.type === 'static'
    ? { static: { current_key_id: seal.keyId, current_key: `file://${seal.keyFile}` } }
    : {
        transit: {
          address: seal.address,
          mount_path: seal.mountPath,
          key_name: seal.keyName,
          ...(seal.tokenFile !== undefined && { token: `file://${seal.tokenFile}` }),
          tls_ca_cert: seal.caFile,
          tls_server_name: seal.serverName,
          disable_renewal: 'false',
        },
      };
