/** Temporal is found as its own command line finds it: the same variables, the same configuration file. */
import { accessSync, constants } from 'node:fs';
import { type ClientConfigProfile, loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { KnownFailure } from '../../domain/known-failure.js';
import { errorCode } from '../files/storage-failure.js';
import { configFileSaysNothing } from './config-file.js';

export interface TemporalSettings {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  /** Fits clients and workers. May hold an API key or a private key: never print it. */
  readonly connectionOptions: NativeConnectionOptions;
  /** Whether the environment or the configuration file names a server: an address, a namespace, a key, TLS. */
  readonly named: boolean;
}

const defaultAddress = '127.0.0.1:7233';
const defaultPort = 7233;
export const defaultNamespace = 'default';

/** Settings of a server that this program brings itself. */
export const settingsOfOwnServer = (address: string): TemporalSettings => ({
  address,
  namespace: defaultNamespace,
  connectionOptions: { address },
  named: false,
});

/**
 * Reads `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_…`, `TEMPORAL_PROFILE` and the file
 * that `TEMPORAL_CONFIG_FILE` names, `temporalio/temporal.toml` in the user's configuration folder by default.
 *
 * @throws KnownFailure `TemporalSettingsInvalid`.
 */
export const loadTemporalSettings = (environment: Readonly<Record<string, string | undefined>>): TemporalSettings => {
  const variables = withPlainTls(definedOnly(environment));
  assertConfigFile(variables['TEMPORAL_CONFIG_FILE']);
  try {
    const profile = loadClientConfigProfile({
      overrideEnvVars: variables,
      ...(configFileSaysNothing(variables) && { configSource: { data: emptyConfig } }),
    });
    const address = readAddress(profile);
    if ((profile.tls?.clientCert === undefined) !== (profile.tls?.clientKey === undefined)) {
      // The library would leave both out, and the server's refusal would not say why.
      throw invalid('a client certificate and its key only work together, and one of them is missing');
    }
    const { apiKey, tls, metadata } = toClientOptions(profile).connectionOptions;
    return {
      address,
      namespace: profile.namespace ?? defaultNamespace,
      connectionOptions: {
        address,
        ...(apiKey !== undefined && { apiKey }),
        ...(tls !== undefined && { tls }),
        ...(metadata !== undefined && { metadata }),
      },
      named: [profile.address, profile.namespace, apiKey, tls].some((setting) => setting !== undefined),
    };
  } catch (error) {
    throw error instanceof KnownFailure ? error : invalid(explain(error), { code: errorCode(error) });
  }
};

/** The library takes one that is missing for one that says nothing, and a drill would run on another server than was meant. */
const assertConfigFile = (path: string | undefined): void => {
  if (path === undefined) return;
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw invalid(`TEMPORAL_CONFIG_FILE names ${path}, which cannot be read`, { code: errorCode(error) });
  }
};

/** An empty variable is how many tools write one that is not set; only `TEMPORAL_GRPC_META_…` gives it a meaning. */
const definedOnly = (environment: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || (value === '' && !name.startsWith('TEMPORAL_GRPC_META_')) ? [] : [[name, value]],
    ),
  );

/** Empty settings in the library's form, which needs a table of profiles. */
const emptyConfig = '[profile]';

/** The library takes an unknown value for "no TLS", and would send a key unencrypted. */
const withPlainTls = (variables: Record<string, string>): Record<string, string> => {
  const said = variables['TEMPORAL_TLS'];
  if (said === undefined) return variables;
  const plain = said.toLowerCase();
  if (!['1', '0', 'true', 'false'].includes(plain)) {
    throw invalid(`TEMPORAL_TLS is ${JSON.stringify(said)}, and only true or false (1 or 0) can be meant`);
  }
  return { ...variables, TEMPORAL_TLS: plain };
};

const addressPattern = /^(?<host>\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::(?<port>\d{1,5}))?$/i;

const readAddress = ({ address = defaultAddress }: ClientConfigProfile): string => {
  // A configuration file may hold anything, whatever the library's types say.
  const { host, port = defaultPort } = addressPattern.exec(String(address))?.groups ?? {};
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    // The text before an @ may be a password.
    const quoted = String(address).includes('@') ? 'with an @' : JSON.stringify(address);
    throw invalid(`the address ${quoted} is not of the form host:port`);
  }
  return `${host}:${port}`;
};

/** The messages of a TOML parser quote the file, which may hold keys, so only the place is reported. */
const explain = (error: unknown): string => {
  if (error instanceof Error && 'path' in error) return `${String(error.path)} cannot be read`;
  if (error instanceof Error && 'line' in error)
    return `line ${String(error.line)} of the configuration file is not TOML`;
  if (error instanceof Error && error.message.startsWith('Profile '))
    return 'the named profile is not in the configuration file';
  return 'the configuration file does not have the expected form';
};

const invalid = (why: string, facts: { readonly code?: string | undefined } = {}): KnownFailure =>
  new KnownFailure(
    'TemporalSettingsInvalid',
    `The settings for Temporal cannot be used: ${why}. Correct the TEMPORAL_… variables or the configuration file.`,
    { facts },
  );
