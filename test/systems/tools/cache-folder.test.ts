import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultCacheFolder } from '../../../systems/tools/index.js';

describe('the folder of the tool cache', () => {
  it('is the one OPENBAO_DR_CACHE names', () => {
    const environment = { OPENBAO_DR_CACHE: '/var/tools', XDG_CACHE_HOME: '/var/cache' };
    expect(defaultCacheFolder(environment, '/home/ann')).toBe('/var/tools');
    expect(defaultCacheFolder({ OPENBAO_DR_CACHE: 'tools' }, '/home/ann')).toBe(resolve('tools'));
  });

  it('else lies below XDG_CACHE_HOME, which counts only if absolute', () => {
    expect(defaultCacheFolder({ XDG_CACHE_HOME: '/var/cache' }, '/home/ann')).toBe('/var/cache/openbao-dr');
    expect(defaultCacheFolder({ XDG_CACHE_HOME: 'cache' }, '/home/ann')).toBe('/home/ann/.cache/openbao-dr');
  });

  it('else lies below .cache in the home folder, also when the variables are empty', () => {
    expect(defaultCacheFolder({}, '/home/ann')).toBe('/home/ann/.cache/openbao-dr');
    const empty = { OPENBAO_DR_CACHE: '', XDG_CACHE_HOME: '' };
    expect(defaultCacheFolder(empty, '/home/ann')).toBe('/home/ann/.cache/openbao-dr');
  });
});
