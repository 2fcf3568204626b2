/** How the two S3 servers of our own lanes are started: on one port, keys from files, nothing outside their folder. */
import { join } from 'node:path';

export interface S3Identity {
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The identity's permissions: everything, or these on the objects of one bucket. */
  readonly may:
    'everything' | { readonly bucket: string; readonly actions: readonly ('Read' | 'Write' | 'List' | 'Tagging')[] };
}

export interface S3ServerOptions {
  /** Folder the server has to itself. */
  readonly home: string;
  /** Address to serve S3 at; everything else stays on loopback. Default: 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
  /** Ports the server needs for itself: {@link seaweedInternalPorts} for SeaweedFS, none for RustFS. */
  readonly internalPorts: readonly number[];
  /** The first one owns the server. */
  readonly identities: readonly [S3Identity, ...S3Identity[]];
}

export interface S3ServerCommand {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** To be written, mode 0600, before the start. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly folders: readonly string[];
  /** Files the server leaves outside its folder even after a clean stop. */
  readonly leftovers: readonly string[];
  /** Path that answers 200 once the server can be used. */
  readonly healthPath: string;
}

export const seaweedInternalPorts = 7;

/**
 * SeaweedFS 4: master, volume server, filer and S3 gateway in one process, each told to stay on loopback. To be started in
 * `home` with the files of {@link seaweedGuardFiles} in it, without which all ports but S3's are open to every user of the
 * machine.
 *
 * @throws Error if not exactly {@link seaweedInternalPorts} internal ports are given.
 */
export const seaweedCommand = ({
  home,
  host = '127.0.0.1',
  port,
  internalPorts,
  identities,
}: S3ServerOptions): S3ServerCommand => {
  if (internalPorts.length !== seaweedInternalPorts)
    throw new Error(`SeaweedFS needs ${seaweedInternalPorts} more ports`);
  const [master, masterGrpc, volume, volumeGrpc, filer, filerGrpc, s3Grpc] = internalPorts as number[];
  const config = join(home, 'identities.json');
  return {
    args: [
      `-logdir=${join(home, 'logs')}`,
      'server',
      `-dir=${join(home, 'data')}`,
      ...['-ip=127.0.0.1', '-ip.bind=127.0.0.1'],
      ...[`-master.port=${master}`, `-master.port.grpc=${masterGrpc}`, '-master.telemetry=false'],
      ...['-master.volumeSizeLimitMB=1024', '-volume.max=20'],
      ...[`-volume.port=${volume}`, `-volume.port.grpc=${volumeGrpc}`],
      ...[
        '-filer',
        `-filer.port=${filer}`,
        `-filer.port.grpc=${filerGrpc}`,
        // It asks for no keys.
        '-filer.disableHttp',
        `-filer.localSocket=${join(home, 'filer.sock')}`,
      ],
      ...[
        '-s3',
        `-s3.ip.bind=${host}`,
        `-s3.port=${port}`,
        `-s3.port.grpc=${s3Grpc}`,
        '-s3.port.iceberg=0',
        '-s3.port.lance=0',
      ],
      // A misspelt bucket is an error, as with any other store.
      '-s3.autoCreateBucket=false',
      ...[`-s3.config=${config}`, `-s3.localSocket=${join(home, 's3.sock')}`],
    ],
    env: { HOME: home },
    files: [{ path: config, content: JSON.stringify({ identities: identities.map(seaweedIdentity) }, null, 2) }],
    folders: [join(home, 'logs'), join(home, 'data')],
    // The path ignores TMPDIR.
    leftovers: [
      ['master', masterGrpc],
      ['volume', volumeGrpc],
      ['filer', filerGrpc],
      ['s3', s3Grpc],
    ].map(([part, grpc]) => join('/tmp', `seaweedfs-${part}-grpc-${grpc}.sock`)),
    healthPath: '/healthz',
  };
};

const seaweedIdentity = ({ name, accessKeyId, secretAccessKey, may }: S3Identity): object => ({
  name,
  credentials: [{ accessKey: accessKeyId, secretKey: secretAccessKey }],
  actions:
    may === 'everything'
      ? ['Admin', 'Read', 'Write', 'List', 'Tagging']
      : may.actions.map((action) => `${action}:${may.bucket}`),
});

/** RustFS 1: one process, one port with its console off, one identity; the others share it. */
export const rustfsCommand = ({ home, host = '127.0.0.1', port, identities }: S3ServerOptions): S3ServerCommand => {
  const [{ accessKeyId, secretAccessKey }] = identities;
  const accessKeyFile = join(home, 'access-key');
  const secretKeyFile = join(home, 'secret-key');
  const data = join(home, 'data');
  return {
    args: [
      'server',
      ...['--address', `${host}:${port}`],
      ...['--access-key-file', accessKeyFile, '--secret-key-file', secretKeyFile],
      data,
    ],
    env: { HOME: home, RUSTFS_CONSOLE_ENABLE: 'false' },
    files: [
      { path: accessKeyFile, content: accessKeyId },
      { path: secretKeyFile, content: secretAccessKey },
    ],
    folders: [data],
    leftovers: [],
    healthPath: '/health',
  };
};
