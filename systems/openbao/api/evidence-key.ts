/**
 * Makes signatures with a Transit key of type `ed25519`, and verifies them without Transit: its API uses OpenBao's own forms
 * (`vault:v1:<base64>`, the bare 32 bytes of a public key), which are converted to standard ones here.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import type { OpenBaoSession } from './session.js';
import type { TransitKey } from '../seal/transit-key.js';

export interface EvidenceSignature {
  /** Base64 of the 64 bytes that RFC 8032 calls a signature. */
  readonly signature: string;
  /** Version of the key that signed, from 1. */
  readonly keyVersion: number;
}

/**
 * Signs the bytes themselves, not a digest of them (pure Ed25519).
 *
 * @throws KnownFailure `EvidenceKeyUnusable`: there is no such key, or it is of another type.
 * @throws KnownFailure as {@link OpenBaoSession}.
 */
export const signEvidence = async (
  session: Pick<OpenBaoSession, 'write'>,
  { mountPath, keyName }: TransitKey,
  bytes: Uint8Array,
): Promise<EvidenceSignature> => {
  const input = Buffer.from(bytes).toString('base64');
  const answer = await session.write(`${mountPath}/sign/${keyName}`, { input }).catch((error: unknown) => {
    throw isKnownFailure(error, 'OpenBaoRequestFailed') && cannotSign.test(error.message)
      ? keyUnusable(keyName)
      : error;
  });
  const text = answer?.['signature'];
  const [, version, signature] =
    /^vault:v([1-9]\d*):([A-Za-z0-9+/]{86}==)$/.exec(typeof text === 'string' ? text : '') ?? [];
  if (version === undefined || signature === undefined) throw keyUnusable(keyName);
  return { signature, keyVersion: Number(version) };
};

/** OpenBao's words for a missing key, and for one that only encrypts. */
const cannotSign = /signing key not found|does not support signing/;

/**
 * The public half of the key's latest version, as SPKI in PEM.
 *
 * @throws KnownFailure `EvidenceKeyUnusable`: there is no such key, or it is of another type.
 * @throws KnownFailure as {@link OpenBaoSession}.
 */
export const readEvidencePublicKey = async (
  session: Pick<OpenBaoSession, 'read'>,
  { mountPath, keyName }: TransitKey,
): Promise<string> => {
  const answer = await session.read(`${mountPath}/keys/${keyName}`);
  const versions = answer?.['keys'] as Readonly<Record<string, { readonly public_key?: unknown }>> | undefined;
  const raw = versions?.[String(answer?.['latest_version'])]?.public_key;
  const bytes = Buffer.from(typeof raw === 'string' ? raw : '', 'base64');
  if (answer?.['type'] !== 'ed25519' || bytes.length !== 32) throw keyUnusable(keyName);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) as string;
};

export interface SignedEvidence {
  readonly bytes: Uint8Array;
  /** The signature, as in {@link EvidenceSignature}. */
  readonly signature: string;
  /** SPKI in PEM. */
  readonly publicKeyPem: string;
}

/** Whether this key signed these very bytes. Also false for a malformed signature, or another kind of key. */
export const verifyEvidence = ({ bytes, signature, publicKeyPem }: SignedEvidence): boolean => {
  const key = ed25519KeyIn(publicKeyPem);
  return key !== undefined && verify(null, bytes, key, Buffer.from(signature, 'base64'));
};

/** SHA-256 of the key's SPKI in DER, hex: names a key whatever file it is in. Throws for text that holds no public key. */
export const publicKeyFingerprint = (publicKeyPem: string): string =>
  createHash('sha256')
    .update(createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' }))
    .digest('hex');

const ed25519KeyIn = (pem: string): KeyObject | undefined => {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
};

const keyUnusable = (keyName: string): KnownFailure =>
  new KnownFailure(
    'EvidenceKeyUnusable',
    'Transit has no Ed25519 key of this name to sign evidence with: create one of type ed25519.',
    { facts: { keyName } },
  );
