import { describe, expect, it } from 'vitest';
import { isSecretRef, schemeOf } from '../../../domain/pair/secret-ref.js';

describe('a reference to a secret', () => {
  it.each([
    ['lane', 'lane:local-blue/source.demo-admin.password'],
    ['env', 'env:BAO_TOKEN'],
    ['file', 'file:/etc/openbao-dr/token'],
    ['file', 'file:/var/backups/My Keys/key@2.pem'],
    ['openbao', 'openbao:secret/dr/prod#password'],
    ['openbao', 'openbao:kv/a#access_key-id.1'],
    ['k8s', 'k8s:backup/s3-keys#secretAccessKey'],
    ['k8s', 'k8s:backup/s3.keys#tls.key'],
  ])('of the scheme %s is %s', (scheme, text) => {
    expect(schemeOf(text)).toBe(scheme);
  });

  it.each([
    'hunter2',
    's.z2uVwuoVpFH6EDib8ZVQ59TX',
    'env:',
    'env:hunter2-hunter2',
    'env:1ABC',
    'file:relative',
    'file:/',
    'file:/a\nb',
    'file:/a#b',
    'openbao:secret/dr',
    'openbao:#password',
    'openbao:a//b#c',
    'openbao:/a#c',
    'k8s:secret#key',
    'k8s:a/b',
    'k8s:A/b#c',
    'vault:secret/dr#password',
    'lane:Local/x',
    `file:/${'a'.repeat(1_000)}`,
    '',
  ])('is not "%s"', (text) => {
    expect(isSecretRef(text)).toBe(false);
  });

  it('is told from a long secret in no time', () => {
    const began = performance.now();
    for (const begin of ['file:/', 'openbao:', 'k8s:', 'lane:', 'env:']) isSecretRef(`${begin}${'a b'.repeat(300)}!`);
    expect(performance.now() - began).toBeLessThan(200);
  });
});
