/** How an OpenBao comes to its seal and gets past it: initialization, shares, and what its seal says of itself. */
import { KnownFailure } from '../../../domain/known-failure.js';
import { type OpenBaoEndpoint } from './endpoint.js';
import { type UnwelcomeAnswer } from './failures.js';
import { type JsonAnswer } from './json-api.js';

/** The answer of `sys/seal-status`, which needs no token and answers sealed or not. */
export interface SealStatus {
  /** The kind of seal: `transit`, `shamir` … */
  readonly type?: string;
  /** The kind of storage: `raft`, `postgresql` … */
  readonly storageType?: string;
  readonly initialized?: boolean;
  readonly sealed?: boolean;
  /**
   * How many shares open the seal, and how many of them it has been given. For a seal that opens by itself, the shares of its
   * recovery key.
   */
  readonly threshold?: number;
  readonly progress?: number;
  /** The server's version. */
  readonly version?: string;
}

/** Recovery shares for a server that unseals itself, secret shares for one with a Shamir seal. */
export type Initialization =
  | { readonly recoveryShares: number; readonly recoveryThreshold: number }
  | { readonly secretShares: number; readonly secretThreshold: number };

/** All of it is secret, and never shown again. */
export interface InitializationResult {
  readonly rootToken: string;
  /** Base64; empty for a Shamir seal. */
  readonly recoveryKeys: string[];
  /** Base64; empty for a seal that opens by itself. */
  readonly shares: string[];
}

export const initializationOf = (wanted: Initialization): object =>
  'secretShares' in wanted
    ? { secret_shares: wanted.secretShares, secret_threshold: wanted.secretThreshold }
    : { recovery_shares: wanted.recoveryShares, recovery_threshold: wanted.recoveryThreshold };

export const initializedBy = (answer: JsonAnswer | undefined): InitializationResult => {
  const root = answer?.['root_token'];
  return {
    rootToken: typeof root === 'string' ? root : '',
    recoveryKeys: textsIn(answer?.['recovery_keys_base64']),
    shares: textsIn(answer?.['keys_base64']),
  };
};

export const sealStatusIn = (answer: JsonAnswer | undefined): SealStatus => {
  const { type, storage_type, initialized, sealed, t, progress, version } = answer ?? {};
  return {
    ...(isText(type) && { type }),
    ...(isText(storage_type) && { storageType: storage_type }),
    ...(typeof initialized === 'boolean' && { initialized }),
    ...(typeof sealed === 'boolean' && { sealed }),
    ...(typeof t === 'number' && { threshold: t }),
    ...(typeof progress === 'number' && { progress }),
    ...(isText(version) && { version }),
  };
};

/** `sys/unseal` answers 400 for a malformed share, and for shares that do not open the store together. */
export const shareRefusal = (
  { serverName }: Pick<OpenBaoEndpoint, 'serverName'>,
  { status }: UnwelcomeAnswer,
): KnownFailure | undefined =>
  // Not its words: OpenBao quotes what it was given.
  status === 400
    ? new KnownFailure(
        'SharesRefused',
        'These shares do not open this store, or one of them is no share: enter the shares of the cluster that took the snapshot, each of them once.',
        { facts: { serverName, status } },
      )
    : undefined;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const textsIn = (value: unknown): string[] => (Array.isArray(value) ? value.filter(isText) : []);
