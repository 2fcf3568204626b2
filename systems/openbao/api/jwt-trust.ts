/**
 * The trust of a JWT login: an issuer, the public keys it signs with, and for each role the one subject it is for. All of that
 * is data of the store, and comes back with a snapshot.
 */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { OpenBaoSession } from './client.js';
import type { JsonCallOptions } from './json-api.js';

export interface JwtIssuer {
  readonly issuer: string;
  /** SPKI in PEM. */
  readonly publicKeys: readonly string[];
}

export interface JwtRole {
  readonly name: string;
  /** The only `sub` that may log in; undefined if the role names none. */
  readonly subject: string | undefined;
  /** Claims a token must have; undefined when none. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  readonly userClaim: string;
}

/** The permissions of a trust repair: it cannot make a role, nor give one other policies. */
export const jwtTrustPolicy = (mountPath: string): string =>
  [
    `path "auth/${mountPath}/config" { capabilities = ["read", "update"] }`,
    `path "auth/${mountPath}/role" { capabilities = ["list"] }`,
    `path "auth/${mountPath}/role/*" {`,
    '  capabilities = ["read", "update"]',
    '  allowed_parameters = { "role_type" = ["jwt"], "user_claim" = [], "bound_subject" = [], "bound_claims" = [] }',
    '}',
  ].join('\n');

/**
 * The public keys of a JSON Web Key Set, as an API server publishes it at `/openid/v1/jwks`.
 *
 * @throws KnownFailure `KeySetUnusable`: it holds no key that signs.
 */
export const publicKeysIn = (keySet: unknown): readonly string[] => {
  const keys = (keySet as { keys?: unknown } | null | undefined)?.keys;
  const pems = (Array.isArray(keys) ? (keys as JsonWebKey[]) : [])
    .filter((key) => key?.kty !== undefined && key.kty !== 'oct' && (key['use'] ?? 'sig') === 'sig')
    .flatMap((key) => pemOf(key) ?? []);
  if (pems.length > 0) return pems;
  throw new KnownFailure(
    'KeySetUnusable',
    'The API server publishes no public key for tokens of service accounts: look at what it answers at /openid/v1/jwks.',
  );
};

/** Undefined for an unknown kind of key: others may be beside it. */
const pemOf = (key: JsonWebKey): string | undefined => {
  try {
    return createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return undefined;
  }
};

/**
 * The issuer of a token, from the token itself. Nothing is verified.
 *
 * @throws KnownFailure `TokenUnreadable`. Nothing of the token is repeated.
 */
export const issuerOf = (jwt: string): string => {
  const [, payload = ''] = jwt.split('.');
  try {
    const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { iss?: unknown };
    if (typeof iss === 'string' && iss !== '') return iss;
  } catch {
    // The failure below does not quote the token.
  }
  throw new KnownFailure('TokenUnreadable', 'A token names no issuer: look at how the API server makes its tokens.');
};

/**
 * Trusts this issuer and these keys, and no others: addresses from which keys would be fetched are emptied, for they name the
 * cluster that was trusted before.
 */
export const trustIssuer = async (
  session: OpenBaoSession,
  mountPath: string,
  { issuer, publicKeys }: JwtIssuer,
  options?: JsonCallOptions,
): Promise<void> => {
  const path = `auth/${mountPath}/config`;
  const before = await session.read(path, options);
  await session.write(
    path,
    {
      // A write replaces the whole configuration.
      default_role: before?.['default_role'] ?? '',
      jwt_supported_algs: before?.['jwt_supported_algs'] ?? [],
      bound_issuer: issuer,
      jwt_validation_pubkeys: publicKeys,
      jwks_url: '',
      jwks_ca_pem: '',
      oidc_discovery_url: '',
      oidc_discovery_ca_pem: '',
    },
    options,
  );
};

/** Roles of one JWT login. Those of another kind (OIDC, with a browser) are left out. */
export const readJwtRoles = async (
  session: OpenBaoSession,
  mountPath: string,
  options?: JsonCallOptions,
): Promise<readonly JwtRole[]> => {
  const listed = await session.read(`auth/${mountPath}/role?list=true`, options);
  const names = Array.isArray(listed?.['keys']) ? (listed['keys'] as unknown[]) : [];
  const roles: JwtRole[] = [];
  for (const name of names) {
    if (typeof name !== 'string') continue;
    const role = await session.read(rolePath(mountPath, name), options);
    if (role?.['role_type'] !== 'jwt') continue;
    const { bound_subject: subject, bound_claims: claims, user_claim: userClaim } = role;
    roles.push({
      name,
      subject: typeof subject === 'string' && subject !== '' ? subject : undefined,
      claims: typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined,
      userClaim: typeof userClaim === 'string' ? userClaim : 'sub',
    });
  }
  return roles;
};

/** Binds a role anew; its policies and all else stay as they are. */
export const bindJwtRole = async (
  session: OpenBaoSession,
  mountPath: string,
  { name, subject, claims, userClaim }: JwtRole,
  options?: JsonCallOptions,
): Promise<void> => {
  await session.write(
    rolePath(mountPath, name),
    {
      // Without these two the role would become another kind, and be refused.
      role_type: 'jwt',
      user_claim: userClaim,
      ...(subject !== undefined && { bound_subject: subject }),
      ...(claims !== undefined && { bound_claims: claims }),
    },
    options,
  );
};

const rolePath = (mountPath: string, name: string): string => `auth/${mountPath}/role/${encodeURIComponent(name)}`;
