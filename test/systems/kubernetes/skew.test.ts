import { describe, expect, it } from 'vitest';
import { assertSkew } from '../../../systems/kubernetes/skew.js';

describe('kubectl and an API server', () => {
  it.each([
    ['1.33.1', '1.34.4'],
    ['1.34.4', '1.34.4'],
    ['1.35.0', '1.34.4'],
  ])('go together as %s and %s', (client, server) => {
    expect(() => assertSkew('a', { client, server })).not.toThrow();
  });

  it('that do not fit name the kubectl to get, and how to have it used', () => {
    const skewed = () => assertSkew('k3d-a', { client: '1.36.4', server: '1.34.4' });
    expect(skewed).toThrow(expect.objectContaining({ type: 'KubectlSkewed', retryable: false }) as Error);
    expect(skewed).toThrow('kubectl 1.36.4 is more than one minor version away from the API server of k3d-a');
    expect(skewed).toThrow('get kubectl 1.34 (https://dl.k8s.io/release/v1.34.4/bin/');
    expect(skewed).toThrow('set OPENBAO_DR_KUBECTL to its path');
  });
});
