/** Reports signed as a drill signs them, with keys of the test's own. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { canonicalJson } from '../../../domain/json/canonical-json.js';
import type { DrillReport } from '../../../domain/report/report.js';
import { exampleReport } from '../../domain/report/example-report.js';

export interface SigningKey {
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export const createSigningKey = (): SigningKey => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string, privateKey };
};

export const signReport = (
  { publicKey, privateKey }: SigningKey,
  change: Partial<DrillReport> & Readonly<Record<string, unknown>> = {},
): DrillReport & { readonly evidence: NonNullable<DrillReport['evidence']> } => {
  const { evidence, ...contents } = { ...exampleReport(), ...change };
  const bytes = Buffer.from(canonicalJson(contents));
  return {
    ...contents,
    evidence: {
      ...evidence!,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      signature: sign(null, bytes, privateKey).toString('base64'),
      publicKey,
    },
  };
};
