/** Verifies a report's signature. Needs only the file, and a key from elsewhere if the answer is to be trusted. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/json/canonical-json.js';
import { KnownFailure } from '../../domain/known-failure.js';
import type { DrillReport } from '../../domain/report/report.js';
import { findReportProblems } from '../../domain/report/report-schema.js';
import { parseStrictJson } from '../../domain/json/strict-json.js';
import { publicKeyFingerprint, verifyEvidence } from '../../systems/openbao/api/evidence-key.js';

export interface VerifiedReport {
  /** The signature over these contents is good, and a given key made it. */
  readonly verified: boolean;
  /** A key was given, and it signed the report. Without one, a forger may have signed a changed report anew. */
  readonly trusted: boolean;
  /** The reason why the report is not verified. */
  readonly refusal?: { readonly type: Refusal; readonly sentence: string };
  readonly report: Pick<DrillReport, 'drillId' | 'lane' | 'result' | 'reason' | 'startedAt' | 'endedAt'>;
  /** SHA-256 of the present contents, hex. */
  readonly sha256: string;
  readonly key?: {
    /** SHA-256 of the SPKI in DER, hex, of the key in the report. */
    readonly fingerprint: string;
    /** The report's own words, which are not signed. */
    readonly name: string;
    readonly version: number;
  };
}

/** Stable names, for machines. */
export type Refusal = 'NotSigned' | 'KeyUnusable' | 'DigestDiffers' | 'OtherKey' | 'SignatureInvalid';

/**
 * @param bytes of the file; @param file its name, for sentences.
 * @throws KnownFailure `ReportNotReadable`: not UTF-8, not JSON, ambiguous JSON, or no report of version 2.
 * @throws KnownFailure `PublicKeyInvalid`: the trusted key is no Ed25519 public key.
 */
export const verifyReport = (bytes: Uint8Array, file: string, trustedKey?: string): VerifiedReport => {
  if (trustedKey !== undefined) assertPublicKey(trustedKey);
  const read = parseReport(bytes, file);
  const { evidence, ...contents } = read;
  const canonical = Buffer.from(canonicalJson(contents));
  const sha256 = createHash('sha256').update(canonical).digest('hex');
  const { drillId, lane, result, reason, startedAt, endedAt } = read;
  const report = { drillId, lane, result, reason, startedAt, endedAt };
  const fingerprint = evidence === undefined ? undefined : fingerprintOf(evidence.publicKey);
  const key =
    evidence === undefined || fingerprint === undefined
      ? undefined
      : { fingerprint, name: evidence.keyName, version: evidence.keyVersion };

  const refuse = (type: Refusal, sentence: string): VerifiedReport => ({
    verified: false,
    trusted: false,
    refusal: { type, sentence },
    report,
    sha256,
    ...(key !== undefined && { key }),
  });
  if (evidence === undefined) {
    return refuse('NotSigned', 'The report is not signed, so nothing shows that it is as the drill left it.');
  }
  if (key === undefined) return refuse('KeyUnusable', 'The key in the report is not an Ed25519 public key in PEM.');
  if (evidence.sha256 !== sha256) {
    const sentence =
      'The contents are not those that were signed, for their SHA-256 is another than the report says: ' +
      'either they were changed, or this is the signature of another report.';
    return refuse('DigestDiffers', sentence);
  }
  if (trustedKey !== undefined && publicKeyFingerprint(trustedKey) !== key.fingerprint) {
    const sentence =
      `The report was signed with another key than the one given (${publicKeyFingerprint(trustedKey)}): ` +
      'either it is a forgery, or the key was replaced.';
    return refuse('OtherKey', sentence);
  }
  const { signature, publicKey } = evidence;
  if (!verifyEvidence({ bytes: canonical, signature, publicKeyPem: trustedKey ?? publicKey })) {
    return refuse(
      'SignatureInvalid',
      'The signature is not one of this key over these contents: it was swapped, or made up.',
    );
  }
  return { verified: true, trusted: trustedKey !== undefined, report, sha256, key };
};

const parseReport = (bytes: Uint8Array, file: string): DrillReport => {
  const read = parseStrictJson(decode(bytes, file));
  if ('wrong' in read) throw notReadable(file, read.wrong);
  const { value } = read;
  if (typeof value === 'object' && value !== null && 'schemaVersion' in value && value.schemaVersion === 1) {
    throw notReadable(file, 'is a report of version 1, which was never signed');
  }
  const problems = findReportProblems(value);
  if (problems.length > 0) {
    // The file is something else altogether, so a list of missing members would not help.
    if (typeof value !== 'object' || value === null || !('schemaVersion' in value)) {
      throw notReadable(file, "is not a drill's report");
    }
    const more = problems.length > mostProblems ? `; and ${problems.length - mostProblems} more` : '';
    throw notReadable(file, `is not a drill's report: ${problems.slice(0, mostProblems).join('; ')}${more}`);
  }
  // The parsed value and not the validated one, because the signature covers unknown members, too.
  return value as DrillReport;
};

const mostProblems = 3;

/** Invalid UTF-8 would be replaced by another character, which could hide a change. */
const decode = (bytes: Uint8Array, file: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notReadable(file, 'is not text in UTF-8');
  }
};

const notReadable = (file: string, why: string): KnownFailure =>
  new KnownFailure('ReportNotReadable', `${file} ${why}.`);

const fingerprintOf = (pem: string): string | undefined => {
  try {
    return isPublicKey(pem) ? publicKeyFingerprint(pem) : undefined;
  } catch {
    return undefined;
  }
};

/** Accepts one public key, and no private key, which Node.js would take for its public half. */
const isPublicKey = (pem: string): boolean =>
  /^\s*-----BEGIN PUBLIC KEY-----\s+MCowBQYDK2VwAyEA[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(pem);

const assertPublicKey = (pem: string): void => {
  if (fingerprintOf(pem) !== undefined) return;
  throw new KnownFailure(
    'PublicKeyInvalid',
    'The file given with --public-key is not one Ed25519 public key in PEM (BEGIN PUBLIC KEY): docs/evidence.md says how to get it.',
  );
};
