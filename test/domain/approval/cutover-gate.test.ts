import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../domain/approval/approval.js';
import { check, type CheckName } from '../../../domain/run/checks.js';
import { checkCutoverGate } from '../../../domain/approval/cutover-gate.js';

const names: readonly CheckName[] = [
  'cluster-id-matches-source',
  'target-password-refused',
  'source-password-accepted',
  'marker-is-source',
  'seal-proof',
  'store-equality',
];
const proofs = names.map((name) => check(name, true, 'x', 'x'));
const approval: Decision = { decision: 'approve', approver: 'ann', at: '2026-01-02T03:04:05.000Z', via: 'signal' };

describe('checkCutoverGate', () => {
  it('opens after every proof and an approval', () => {
    expect(checkCutoverGate(proofs, approval)).toMatchObject({
      name: 'cutover-only-after-verification',
      outcome: 'passed',
    });
  });

  it.each(names)('stays shut without %s, however many approve', (missing) => {
    const { outcome, observed } = checkCutoverGate(
      proofs.filter(({ name }) => name !== missing),
      approval,
    );
    expect(outcome).toBe('failed');
    expect(observed).toContain(missing);
  });

  it.each(['failed', 'skipped'] as const)('does not take a %s proof for a proof', (outcome) => {
    const checks = proofs.map((proof) => (proof.name === 'marker-is-source' ? { ...proof, outcome } : proof));
    expect(checkCutoverGate(checks, approval).outcome).toBe('failed');
  });

  it('stays shut after a rejection', () => {
    expect(checkCutoverGate(proofs, { ...approval, decision: 'reject' }).outcome).toBe('failed');
  });
});
