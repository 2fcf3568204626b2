import type { Decision } from './approval.js';
import { type Check, check, type CheckName } from '../run/checks.js';

/** The proofs that the restored target needs before clients may be moved to it. */
const proofs: readonly CheckName[] = [
  'seal-proof',
  'cluster-id-matches-source',
  'target-password-refused',
  'source-password-accepted',
  'marker-is-source',
  'store-equality',
];

/** The check `cutover-only-after-verification`: every proof passed, and a person approved after it. */
export const checkCutoverGate = (checks: readonly Check[], approval: Decision): Check => {
  const missing = proofs.filter((name) => checks.find((made) => made.name === name)?.outcome !== 'passed');
  return check(
    'cutover-only-after-verification',
    missing.length === 0 && approval.decision === 'approve',
    'credentials and data verified on the restored target, then an approval, then the cutover',
    missing.length === 0
      ? `${proofs.length} proofs passed, then ${approval.approver} approved at ${approval.at}`
      : `not proved: ${missing.join(', ')}`,
  );
};
