import { describe, expect, it } from 'vitest';
import { addressesOf } from '../../../../../systems/openbao/seal/stanza/seal-addresses.js';
import { filesOf } from '../../../../../systems/openbao/seal/stanza/seal-files.js';
import type { SealType } from '../../../../../systems/openbao/seal/stanza/seal-stanza.js';

const asked = (type: SealType, attributes: Record<string, string>) =>
  addressesOf({ type, attributes }).map(({ host, port, tls }) => `${tls ? 'tls' : 'plain'} ${host} ${port}`);

describe('whom a seal asks', () => {
  it.each([
    ['transit', { address: 'https://bao.example.com:8200' }, ['tls bao.example.com 8200']],
    ['transit', { address: 'https://[fd00::7]' }, ['tls fd00::7 443']],
    ['transit', { address: 'http://127.0.0.1:8200/' }, ['plain 127.0.0.1 8200']],
    ['awskms', { region: 'eu-central-1' }, ['tls kms.eu-central-1.amazonaws.com 443']],
    ['awskms', { region: 'cn-north-1' }, ['tls kms.cn-north-1.amazonaws.com.cn 443']],
    ['awskms', { region: 'x', endpoint: 'http://localhost:4566' }, ['plain localhost 4566']],
    ['gcpckms', { project: 'p' }, ['tls cloudkms.googleapis.com 443', 'tls oauth2.googleapis.com 443']],
    ['azurekeyvault', { vault_name: 'v' }, ['tls v.vault.azure.net 443', 'tls login.microsoftonline.com 443']],
    ['ocikms', { crypto_endpoint: 'https://c', management_endpoint: 'https://m' }, ['tls c 443', 'tls m 443']],
    ['kmip', { endpoint: 'kmip.example.com:5696' }, ['tls kmip.example.com 5696']],
    ['kmip', { endpoint: '[::1]' }, ['tls ::1 5696']],
    ['static', { current_key: 'file:///k' }, []],
    ['pkcs11', { lib: '/usr/lib/softhsm/libsofthsm2.so' }, []],
    ['shamir', {}, []],
  ] as const)('is read from its stanza: %s %j', (type, attributes, expected) => {
    expect(asked(type, attributes)).toEqual(expected);
  });

  it.each([
    ['transit', {}, 'SealAddressUnknown'],
    ['awskms', {}, 'SealAddressUnknown'],
    ['azurekeyvault', {}, 'SealAddressUnknown'],
    ['kmip', {}, 'SealAddressUnknown'],
    ['transit', { address: 'bao.example.com' }, 'SealStanzaInvalid'],
    ['transit', { address: 'unix:///run/bao.sock' }, 'SealStanzaInvalid'],
    ['kmip', { endpoint: 'a:b:c' }, 'SealStanzaInvalid'],
  ] as const)('is refused when it is missing or no address: %s %j', (type, attributes, failure) => {
    expect(() => asked(type, attributes)).toThrow(expect.objectContaining({ type: failure }) as Error);
  });
});

describe('the files of a seal', () => {
  it('are those that its stanza names by path, or refers to', () => {
    const attributes = {
      tls_ca_cert: '/etc/ca.pem',
      tls_client_key: '',
      token: 'file:///etc/token',
      key_name: '/no/file',
    };
    expect(filesOf({ type: 'transit', attributes })).toEqual(['/etc/ca.pem', '/etc/token']);
    expect(filesOf({ type: 'gcpckms', attributes: { credentials: '/etc/gcp.json' } })).toEqual(['/etc/gcp.json']);
  });

  it('are refused by a path that only the cluster knows', () => {
    expect(() => filesOf({ type: 'kmip', attributes: { ca_cert: 'ca.pem' } })).toThrow(
      'The kmip seal names the file ca.pem without its folder: write the whole path, beginning with a slash.',
    );
  });
});
