/** The servers that a seal has to reach to open. A room relays these and nothing else. */
import { KnownFailure } from '../../../../domain/known-failure.js';
import { invalidStanza } from './invalid.js';
import type { SealStanza } from './seal-stanza.js';

export interface SealAddress {
  /** A name, or a number without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether TLS is spoken there: its handshake shows that the other end answers. */
  readonly tls: boolean;
}

/**
 * @returns none for a seal that is opened with what is at hand (static, Shamir, a PKCS #11 library's own device).
 * @throws KnownFailure `SealStanzaInvalid`: an address is none, or missing.
 * @throws KnownFailure `SealAddressUnknown`: what the seal asks is not in its stanza, so nothing can be relayed.
 */
export const addressesOf = ({ type, attributes }: SealStanza): readonly SealAddress[] => {
  switch (type) {
    case 'transit':
      return [urlAddress(type, 'address', attributes['address'])];
    case 'awskms':
      return [urlAddress(type, 'endpoint', attributes['endpoint'] ?? awsEndpoint(attributes['region']))];
    case 'gcpckms':
      return ['cloudkms.googleapis.com', 'oauth2.googleapis.com'].map(overTls);
    case 'azurekeyvault': {
      const vault = attributes['vault_name'];
      if (vault === undefined) throw unknown(type, 'vault_name');
      return [`${vault}.${attributes['resource'] ?? 'vault.azure.net'}`, 'login.microsoftonline.com'].map(overTls);
    }
    case 'ocikms':
      return ['crypto_endpoint', 'management_endpoint'].map((name) => urlAddress(type, name, attributes[name]));
    case 'kmip':
      return [kmipAddress(attributes['endpoint'])];
    case 'static':
    case 'shamir':
    case 'pkcs11':
      return [];
  }
};

const overTls = (host: string): SealAddress => ({ host, port: 443, tls: true });

const awsEndpoint = (region: string | undefined): string | undefined =>
  region === undefined ? undefined : `https://kms.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

const urlAddress = (type: string, name: string, address: string | undefined): SealAddress => {
  if (address === undefined || address === '') throw unknown(type, name);
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw invalidStanza(`The seal's ${name} is no address: write it as https://bao.example.com:8200.`);
  }
  const tls = url.protocol === 'https:';
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || (tls ? 443 : 80)), tls };
};

const kmipAddress = (endpoint: string | undefined): SealAddress => {
  if (endpoint === undefined || endpoint === '') throw unknown('kmip', 'endpoint');
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(endpoint) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw invalidStanza("The seal's endpoint is no address: write it as kmip.example.com:5696.");
  return { host, port: Number(port ?? 5696), tls: true };
};

const unknown = (type: string, name: string): KnownFailure =>
  new KnownFailure(
    'SealAddressUnknown',
    `The ${type} seal does not say in its stanza whom it asks (${name}), as where a variable of the cluster's says it: add ${name}, for a room relays nothing else.`,
  );
