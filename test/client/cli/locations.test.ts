import { describe, expect, it } from 'vitest';
import { stateFolderPath } from '../../../client/cli/locations.js';

describe('stateFolderPath', () => {
  it.each([
    ['the option before all', { OPENBAO_DR_STATE: '/env', XDG_STATE_HOME: '/xdg' }, '/option', '/option'],
    ['the variable', { OPENBAO_DR_STATE: '/env', XDG_STATE_HOME: '/xdg' }, undefined, '/env'],
    ["the desktop's folder", { XDG_STATE_HOME: '/xdg' }, undefined, '/xdg/openbao-dr'],
    ['the home folder', {}, undefined, '/home/ann/.local/state/openbao-dr'],
    [
      'the home folder for variables that say nothing',
      { OPENBAO_DR_STATE: '', XDG_STATE_HOME: 'relative' },
      undefined,
      '/home/ann/.local/state/openbao-dr',
    ],
  ])('takes %s', (_, environment, stateDir, expected) => {
    const options = stateDir === undefined ? {} : { stateDir };
    expect(stateFolderPath({ environment, homeFolder: '/home/ann' }, options)).toBe(expected);
  });

  it.each([
    ['', 'has no name'],
    ['/', 'is the root of the file system'],
    ['/home/ann/', '/home/ann is the home folder itself'],
    ['/home/ann/x/..', '/home/ann is the home folder itself'],
  ])('refuses %j, where other things live', (stateDir, why) => {
    expect(() => stateFolderPath({ environment: {}, homeFolder: '/home/ann' }, { stateDir })).toThrow(why);
  });
});
