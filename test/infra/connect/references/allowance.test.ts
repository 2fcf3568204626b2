import { describe, expect, it } from 'vitest';
import type { SecretRef } from '../../../../domain/pair/secret-ref.js';
import { allowanceOf, referenceAllowanceIn } from '../../../../infra/connect/references/allowance.js';
import { createReferences } from '../../../../infra/connect/references/references.js';
import { createKnownSecrets } from '../../../../systems/secrets/known-secrets.js';

const allowed = (text: string | undefined, ref: SecretRef): boolean =>
  referenceAllowanceIn({ OPENBAO_DR_ALLOWED_REFERENCES: text }).allows(ref);

describe('a worker', () => {
  it('resolves what lanes keep, and nothing else unless it is allowed', () => {
    expect(allowed(undefined, 'lane:local/ca')).toBe(true);
    for (const ref of ['env:HOME', 'file:/etc/passwd', 'openbao:a#b', 'k8s:a/b#c'] as const) {
      expect(allowed(undefined, ref)).toBe(false);
      expect(allowed('', ref)).toBe(false);
    }
  });

  it.each<[string, SecretRef, boolean]>([
    ['env:TOKEN', 'env:TOKEN', true],
    ['env:TOKEN', 'env:TOKEN_2', false],
    ['env:BACKUP_*', 'env:BACKUP_TOKEN', true],
    ['env:BACKUP_*', 'env:HOME', false],
    ['file:/etc/dr/*, k8s:backup/*', 'file:/etc/dr/a/b', true],
    ['file:/etc/dr/*, k8s:backup/*', 'k8s:backup/s3#key', true],
    ['file:/etc/dr/*', 'file:/etc/dr/../shadow', false],
    ['file:/etc/dr/*', 'file:/etc/dr2/a', false],
    ['openbao:kv/dr/*', 'openbao:kv/dr/a#b', true],
    ['openbao:kv/dr/*', 'openbao:kv/dr/../../sys/x#b', false],
    ['openbao:kv/dr/*', 'openbao:kv/dr/..#b', false],
    ['file:*', 'file:/etc/shadow', true],
  ])('with "%s" has for %s: %s', (text, ref, expected) => {
    expect(allowed(text, ref)).toBe(expected);
  });

  it.each(['*', 'TOKEN', 'env:', 'file:/a/*/b', 'vault:x#y', 'env:A,hunter2'])('does not start with "%s"', (text) => {
    expect(() => allowed(text, 'env:A')).toThrow(/OPENBAO_DR_ALLOWED_REFERENCES has a part that is neither/);
    expect(() => allowed(text, 'env:A')).not.toThrow(/hunter2/);
  });
});

it('a plan of the one who runs the worker is allowed what it names, and no more', () => {
  const allowance = allowanceOf(['env:TOKEN']);
  expect(allowance.allows('env:TOKEN')).toBe(true);
  expect(allowance.allows('env:OTHER')).toBe(false);
});

describe('references', () => {
  const secrets = createKnownSecrets();
  const source = { read: async (ref: SecretRef) => `value of ${ref}` };
  const references = createReferences({
    sources: { lane: source, env: source, file: source, openbao: source, k8s: source },
    allowance: allowanceOf(['env:TOKEN']),
    secrets,
  });

  it('are resolved by their scheme, and what they stand for is hidden from then on', async () => {
    expect(await references.read('env:TOKEN')).toBe('value of env:TOKEN');
    expect(secrets.hideIn('It said: value of env:TOKEN.')).toBe('It said: [hidden].');
  });

  it('that are not allowed are not looked at', async () => {
    await expect(references.read('file:/etc/shadow')).rejects.toMatchObject({
      type: 'ReferenceNotAllowed',
      retryable: false,
      message:
        'This worker does not resolve the reference file:/etc/shadow: have its administrator add it to OPENBAO_DR_ALLOWED_REFERENCES.',
    });
  });

  it('that are secrets themselves are not repeated', async () => {
    const failure: unknown = await references.read('hunter2-hunter2' as SecretRef).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'ReferenceInvalid' });
    expect(String(failure)).not.toContain('hunter2');
  });
});
