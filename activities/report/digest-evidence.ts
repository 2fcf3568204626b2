import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/json/canonical-json.js';
import type { Check } from '../../domain/run/checks.js';
import type { AtStake } from '../../domain/recovery/at-stake.js';
import type { DrillReport, Snapshot } from '../../domain/report/report.js';

export interface DigestEvidenceInput extends Pick<
  DrillReport,
  'plan' | 'warnings' | 'inspection' | 'equality' | 'rpo'
> {
  readonly drillId: string;
  readonly checks: readonly Check[];
  readonly snapshot: Snapshot;
  readonly atStake?: AtStake;
}

/** SHA-256 (hex) of the evidence that people decide on, as canonical JSON: the same evidence has the same digest everywhere. */
export const createDigestEvidence = () =>
  async function digestEvidence(evidence: DigestEvidenceInput): Promise<string> {
    return createHash('sha256').update(canonicalJson(evidence)).digest('hex');
  };
