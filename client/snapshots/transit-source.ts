/** The Transit that has the seal key: a lane's, or the one that the options name. */
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { KnownFailure } from '../../domain/known-failure.js';
import { parseLaneName } from '../../domain/plan/plan-schema.js';
import { readLaneTopology } from '../../infra/lanes/lane-topology.js';
import { createMaterials } from '../../infra/state/materials.js';
import { errorCode } from '../../systems/files/storage-failure.js';
import { createOpenBao, type OpenBaoSession } from '../../systems/openbao/api/client.js';
import type { TransitKey } from '../../systems/openbao/seal/transit-key.js';
import type { Context, GlobalOptions } from '../cli/context.js';
import { openStateFolderOnly } from '../cli/workspace.js';

export interface TransitOptions extends GlobalOptions {
  readonly lane?: string;
  /** `https://host:port`. Named Transits come before the lane's. */
  readonly transitAddress?: string;
  /** File with the CA's PEM bundle. Default: the authorities that Node trusts. */
  readonly transitCa?: string;
  /** Default: the host of the address. */
  readonly transitServerName?: string;
  /** Default: `transit`. */
  readonly transitMount?: string;
  readonly transitKey?: string;
  /** Default: the token in `BAO_TOKEN`. */
  readonly transitTokenFile?: string;
}

export interface TransitSource {
  /** Connects with the seal's own token. */
  readonly session: OpenBaoSession;
  readonly seal: TransitKey;
}

/**
 * @throws KnownFailure `TransitNotNamed`, `TransitAddressInvalid`, `TransitTokenMissing`, `FileNotReadable`; for a lane
 * `InvalidLaneName`, `LaneMissing`.
 */
export const openTransitSource = async (context: Context, options: TransitOptions): Promise<TransitSource> => {
  if (options.transitAddress === undefined && options.lane !== undefined) {
    return openLaneTransit(context, options, parseLaneName(options.lane));
  }
  const { transitAddress: address, transitCa: ca, transitKey: keyName, transitMount = 'transit' } = options;
  if (address === undefined || keyName === undefined) {
    const missing = [address === undefined && '--transit-address', keyName === undefined && '--transit-key'];
    throw new KnownFailure(
      'TransitNotNamed',
      'No Transit with the seal key is named: name a lane with --lane, ' +
        `or give ${missing.filter(Boolean).join(' and ')} as well.`,
    );
  }
  const host = hostOf(address);
  const serverName = options.transitServerName ?? host;
  const [caPem, token] = await Promise.all([
    ca === undefined ? rootCertificates.join('\n') : readText(ca),
    readToken(context, options),
  ]);
  return {
    session: createOpenBao({ address, serverName, caPem }).useToken(token),
    seal: { mountPath: transitMount.replaceAll(/^\/+|\/+$/g, ''), keyName },
  };
};

/** The target's seal, which would open a restored snapshot. */
const openLaneTransit = async (context: Context, options: GlobalOptions, lane: string): Promise<TransitSource> => {
  const { stateFolder } = await openStateFolderOnly(context, options);
  const { address, serverName, ca, mountPath, keyName, token } = (await readLaneTopology(stateFolder, lane)).target
    .seal;
  const materials = createMaterials(stateFolder);
  const openbao = createOpenBao({ address, serverName, caPem: await materials.read(ca) });
  return { session: openbao.useToken(await materials.read(token)), seal: { mountPath, keyName } };
};

const hostOf = (address: string): string => {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'https:' && url.pathname === '/' && url.username === '' && url.password === '') {
    return url.hostname;
  }
  throw new KnownFailure(
    'TransitAddressInvalid',
    'The address of Transit is not of the form https://host:port, without a user or a password.',
  );
};

const readToken = async ({ environment }: Context, { transitTokenFile }: TransitOptions): Promise<string> => {
  const token = (transitTokenFile === undefined ? environment['BAO_TOKEN'] : await readText(transitTokenFile))?.trim();
  if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new KnownFailure(
    'TransitTokenMissing',
    'The token for Transit is missing: put it into the environment variable BAO_TOKEN, or name a file with --transit-token-file.',
  );
};

const readText = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new KnownFailure('FileNotReadable', `${path} cannot be read: check the path and its permissions.`, {
      facts: { code: errorCode(error) },
    });
  }
};
