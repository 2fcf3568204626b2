import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadTemporalSettings } from '../../../systems/temporal/connection-settings.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'temporal-settings-'));
  file = join(folder, 'temporal.toml');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Never the settings of whoever runs the tests. */
const load = (variables: Record<string, string | undefined> = {}) =>
  loadTemporalSettings({ XDG_CONFIG_HOME: folder, ...variables });

const failureOf = (variables: Record<string, string>): unknown => {
  try {
    load(variables);
  } catch (error) {
    return error;
  }
  throw new Error('the settings were accepted');
};

describe('loadTemporalSettings', () => {
  it('means the local server, and says that nobody named it, when nothing is set', () => {
    expect(load()).toEqual({
      address: '127.0.0.1:7233',
      namespace: 'default',
      connectionOptions: { address: '127.0.0.1:7233' },
      named: false,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(load({ TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '', TEMPORAL_API_KEY: undefined })).toEqual(load());
  });

  it('reads address, namespace and API key from the environment, and then uses TLS', () => {
    const variables = { TEMPORAL_ADDRESS: 'a.example:7000', TEMPORAL_NAMESPACE: 'dr', TEMPORAL_API_KEY: 'k' };
    expect(load(variables)).toEqual({
      address: 'a.example:7000',
      namespace: 'dr',
      connectionOptions: { address: 'a.example:7000', apiKey: 'k', tls: true },
      named: true,
    });
  });

  it.each([
    ['temporal.example', 'temporal.example:7233'],
    ['[::1]:7000', '[::1]:7000'],
    ['[::1]', '[::1]:7233'],
    ['localhost:1', 'localhost:1'],
  ])('understands the address %s', (TEMPORAL_ADDRESS, address) => {
    expect(load({ TEMPORAL_ADDRESS }).address).toBe(address);
  });

  it('reads the profile that is named in the configuration file', async () => {
    await writeFile(
      file,
      '[profile.default]\naddress = "a:1"\n[profile.dr]\naddress = "b:2"\nnamespace = "dr"\n[profile.bare]\nnamespace = "x"\n',
    );
    const TEMPORAL_CONFIG_FILE = file;
    expect(load({ TEMPORAL_CONFIG_FILE })).toMatchObject({ address: 'a:1', namespace: 'default', named: true });
    expect(load({ TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE: 'dr' })).toMatchObject({ address: 'b:2', namespace: 'dr' });
    expect(load({ TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE: 'bare' })).toMatchObject({
      address: '127.0.0.1:7233',
      namespace: 'x',
      named: true,
    });
    expect(load({ TEMPORAL_CONFIG_FILE, TEMPORAL_ADDRESS: 'c:3' }).address).toBe('c:3');
  });

  it.each(['http://127.0.0.1:7233', 'host:port', 'host:0', 'host:65536', 'a b:1', '::1:7233'])(
    'refuses the address %s',
    (TEMPORAL_ADDRESS) => {
      expect(failureOf({ TEMPORAL_ADDRESS })).toMatchObject({
        type: 'TemporalSettingsInvalid',
        message: expect.stringContaining(`the address ${JSON.stringify(TEMPORAL_ADDRESS)} is not`) as string,
      });
    },
  );

  it('repeats nothing of an address with a user, which may hold a password', () => {
    expect(failureOf({ TEMPORAL_ADDRESS: 'user:secret@host:1' })).toMatchObject({
      message: expect.stringMatching(/^[^@]*the address with an @ is not of the form host:port(?!.*secret)/) as string,
    });
  });

  it('refuses a certificate without its key, which Temporal would silently leave out', () => {
    expect(failureOf({ TEMPORAL_TLS_CLIENT_CERT_DATA: 'x' })).toMatchObject({
      type: 'TemporalSettingsInvalid',
      message: expect.stringContaining('one of them is missing') as string,
    });
  });

  it('names a certificate file that cannot be read', () => {
    const TEMPORAL_TLS_SERVER_CA_CERT_PATH = join(folder, 'none.pem');
    expect(failureOf({ TEMPORAL_TLS_SERVER_CA_CERT_PATH })).toMatchObject({
      message: expect.stringContaining(`${TEMPORAL_TLS_SERVER_CA_CERT_PATH} cannot be read`) as string,
    });
  });

  it('says where a configuration file is damaged without quoting it', async () => {
    await writeFile(file, '[profile.default]\napi_key = "secret-key\n');
    const failure = failureOf({ TEMPORAL_CONFIG_FILE: file }) as Error;
    expect(failure).toMatchObject({ type: 'TemporalSettingsInvalid' });
    expect(failure.message).toContain('line 2 of the configuration file is not TOML');
    expect(String(failure.stack)).not.toContain('secret-key');
  });

  it.each(['', '\n', '# my settings\n\n  # address = "a:1"\r\n', '[profile]\n'])(
    'takes a configuration file that says nothing for no settings: %j',
    async (text) => {
      await writeFile(file, text);
      const TEMPORAL_CONFIG_FILE = file;
      expect(load({ TEMPORAL_CONFIG_FILE })).toMatchObject({ address: '127.0.0.1:7233', named: false });
      expect(load({ TEMPORAL_CONFIG_FILE, TEMPORAL_NAMESPACE: 'dr' })).toMatchObject({ namespace: 'dr', named: true });
      expect(failureOf({ TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE: 'dr' })).toMatchObject({
        message: expect.stringContaining('the named profile is not in the configuration file') as string,
      });
    },
  );

  it('takes an empty file of the user for no settings', async () => {
    await mkdir(join(folder, 'temporalio'));
    await writeFile(join(folder, 'temporalio', 'temporal.toml'), '');
    expect(load()).toMatchObject({ address: '127.0.0.1:7233', named: false });
  });

  it.each([
    ['true', {}],
    ['TRUE', {}],
    ['1', {}],
    ['false', false],
    ['0', false],
  ])('understands TEMPORAL_TLS=%s', (TEMPORAL_TLS, tls) => {
    expect(load({ TEMPORAL_TLS }).connectionOptions.tls).toEqual(tls);
  });

  it.each(['maybe', 'yes', 'off', '2'])('refuses TEMPORAL_TLS=%s, which would be no TLS', (TEMPORAL_TLS) => {
    expect(failureOf({ TEMPORAL_TLS })).toMatchObject({
      type: 'TemporalSettingsInvalid',
      message: `The settings for Temporal cannot be used: TEMPORAL_TLS is "${TEMPORAL_TLS}", and only true or false (1 or 0) can be meant. Correct the TEMPORAL_… variables or the configuration file.`,
    });
  });

  it('refuses a profile that is not there, and a file of another form', async () => {
    await writeFile(file, '[profile.default]\naddress = 5\n');
    expect(failureOf({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'dr' })).toMatchObject({
      message: expect.stringContaining('the named profile is not in the configuration file') as string,
    });
    await writeFile(file, 'address = "a:1"\n');
    expect(failureOf({ TEMPORAL_CONFIG_FILE: file })).toMatchObject({
      message: expect.stringContaining('does not have the expected form') as string,
    });
  });

  it('does not take a configuration file that is missing for one that says nothing', () => {
    expect(failureOf({ TEMPORAL_CONFIG_FILE: '/nonexistent.toml' })).toMatchObject({
      type: 'TemporalSettingsInvalid',
      message: expect.stringContaining('TEMPORAL_CONFIG_FILE names /nonexistent.toml') as string,
    });
  });
});
