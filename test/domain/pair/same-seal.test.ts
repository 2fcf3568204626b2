import { describe, expect, it } from 'vitest';
import { checkSameSeal } from '../../../domain/pair/same-seal.js';
import type { TransitSeal } from '../../../domain/pair/topology.js';

const seal: TransitSeal = {
  address: 'https://127.0.0.1:20001',
  serverName: 'bao-dr-infra.example.com',
  ca: 'lane:local/ca',
  caSha256: 'aa'.repeat(32),
  mountPath: 'transit/',
  keyName: 'shared',
  token: 'lane:local/seal-token',
};

describe('checkSameSeal', () => {
  it('passes when both sites name the same Transit, though each has a token of its own', () => {
    expect(checkSameSeal(seal, { ...seal, token: 'lane:local/other-token', ca: 'lane:local/copy' })).toMatchObject({
      name: 'same-seal',
      outcome: 'passed',
    });
  });

  it.each([
    ['address', 'https://127.0.0.1:20002', 'Transit address'],
    ['caSha256', 'bb'.repeat(32), 'CA bundle'],
    ['serverName', 'elsewhere.example.com', 'SNI'],
    ['mountPath', 'other/', 'mount'],
    ['keyName', 'another', 'key name'],
  ] as const)('fails when they differ in %s, showing both', (part, value, described) => {
    const { outcome, observed } = checkSameSeal(seal, { ...seal, [part]: value });
    expect(outcome).toBe('failed');
    expect(observed).toBe(`different ${described} ${seal[part]} (source) and ${value} (target)`);
  });

  it('names no token', () => {
    expect(JSON.stringify(checkSameSeal(seal, { ...seal, keyName: 'another' }))).not.toContain('token');
  });
});
