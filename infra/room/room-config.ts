/** The configuration of a room's OpenBao, and the environment that holds what may be in no file. */
import { type SealStanza, secretsInClear } from '../../systems/openbao/seal/stanza/seal-stanza.js';
import type { RoomRequest } from './room.js';

/** Where Raft listens, which wants an address even of one node. A listener for requests comes with it. */
export interface RaftAddress {
  readonly host: string;
  readonly apiPort: number;
  readonly clusterPort: number;
}

/** On the loopback that a sealed room has for itself, beside 127.0.0.1, where a seal's own address may be. */
export const sealedRaft: RaftAddress = { host: '127.78.0.1', apiPort: 8200, clusterPort: 8201 };

export const roomClusterName = 'restore-test';

export interface RoomConfig {
  /** The room's folder, as its OpenBao sees it. */
  readonly folder: string;
  readonly seal: SealStanza;
  /** Names of the seal's attributes whose values come by environment. */
  readonly secretNames: readonly string[];
  readonly pluginFolder?: string | undefined;
  readonly sealPlugin?: { readonly command: string; readonly sha256: string } | undefined;
  readonly raft: RaftAddress;
}

/** Where a folder's parts are, by what they are. */
export interface RoomParts {
  readonly config: string;
  readonly data: string;
  readonly temporary: string;
  readonly api: string;
  readonly log: string;
  readonly certificate: string;
  readonly key: string;
  readonly relay: (at: number) => string;
}

export const partsOf = (folder: string): RoomParts => ({
  config: `${folder}/openbao.json`,
  data: `${folder}/data`,
  temporary: `${folder}/tmp`,
  api: `${folder}/api.sock`,
  log: `${folder}/openbao.log`,
  certificate: `${folder}/tls.crt`,
  key: `${folder}/tls.key`,
  relay: (at: number): string => `${folder}/seal-${at}.sock`,
});

/**
 * The text of the configuration, which holds no secret whose name it was given.
 *
 * Format: https://openbao.org/docs/configuration/
 */
export const renderRoomConfig = ({ folder, seal, secretNames, pluginFolder, sealPlugin, raft }: RoomConfig): string => {
  const { api, data, certificate, key } = partsOf(folder);
  const attributes = {
    ...seal.attributes,
    ...Object.fromEntries(secretNames.map((name) => [name, `env://${variableOf(name)}`])),
  };
  return JSON.stringify(
    {
      cluster_name: roomClusterName,
      api_addr: `https://${raft.host}:${raft.apiPort}`,
      cluster_addr: `https://${raft.host}:${raft.clusterPort}`,
      ui: false,
      // The default of 30 s cuts a restore whose upload takes longer.
      listener: [
        { unix: { address: api, http_read_timeout: '2h' } },
        {
          tcp: {
            address: `${raft.host}:${raft.apiPort}`,
            cluster_address: `${raft.host}:${raft.clusterPort}`,
            tls_cert_file: certificate,
            tls_key_file: key,
          },
        },
      ],
      storage: { raft: { path: data, node_id: 'room', performance_multiplier: '1' } },
      ...(seal.type !== 'shamir' && { seal: [{ [seal.type]: attributes }] }),
      ...(pluginFolder !== undefined && { plugin_directory: pluginFolder }),
      ...(sealPlugin !== undefined && {
        plugin: [{ kms: { [seal.type]: { command: sealPlugin.command, sha256sum: sealPlugin.sha256 } } }],
      }),
    },
    undefined,
    2,
  );
};

/** All that may be in no file: what was resolved, and what stands in the stanza itself. */
export const secretsOf = ({
  seal,
  secrets,
}: Pick<RoomRequest, 'seal' | 'secrets'>): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    secretsInClear(seal).flatMap((name) => {
      const value = seal.attributes[name] ?? '';
      return value === '' ? [] : [[name, value]];
    }),
  ),
  ...secrets,
});

/** Nothing is inherited: a stray BAO_ADDR would change the seal. */
export const roomEnvironment = (
  folder: string,
  secrets: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => ({
  HOME: folder,
  TMPDIR: partsOf(folder).temporary,
  ...Object.fromEntries(Object.entries(secrets).map(([name, value]) => [variableOf(name), value])),
});

const variableOf = (attribute: string): string => `OPENBAO_DR_SEAL_${attribute.toUpperCase()}`;
