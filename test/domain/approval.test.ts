import { describe, expect, it } from 'vitest';
import { judgeDecision } from '../../domain/approval.js';

const anybody = { waiting: true, policy: { timeoutSeconds: 60, approvers: [] } };
const onlyAnn = { waiting: true, policy: { timeoutSeconds: 60, approvers: ['ann'] } };

describe('judgeDecision', () => {
  it('accepts an approval, keeping name and comment', () => {
    expect(judgeDecision('approve', { approver: ' ann ', comment: 'looks good' }, anybody)).toEqual({
      accepted: { decision: 'approve', approver: 'ann', comment: 'looks good' },
    });
  });

  it('takes the reason of a rejection as what was said, and a comment in its place', () => {
    expect(judgeDecision('reject', { approver: 'ann', reason: 'no', comment: 'other' }, anybody)).toMatchObject({
      accepted: { decision: 'reject', comment: 'no' },
    });
    expect(judgeDecision('reject', { approver: 'ann', comment: 'other' }, anybody)).toMatchObject({
      accepted: { comment: 'other' },
    });
  });

  it('refuses while the drill is not waiting', () => {
    expect(judgeDecision('approve', { approver: 'ann' }, { ...anybody, waiting: false })).toEqual({
      refused: 'the drill is not waiting for an approval',
    });
    expect(judgeDecision('approve', { approver: 'ann' }, { waiting: true, policy: undefined })).toHaveProperty(
      'refused',
    );
  });

  it('lets only the people the plan names decide, and spells nobody like them', () => {
    expect(judgeDecision('approve', { approver: 'ann' }, onlyAnn)).toHaveProperty('accepted');
    for (const approver of ['ben', 'Ann', 'annette']) {
      expect(judgeDecision('approve', { approver }, onlyAnn)).toEqual({
        refused: `the plan does not let "${approver}" decide`,
      });
    }
  });

  it('never accepts silence or a word it does not know as an approval', () => {
    for (const decision of [undefined, null, true, 'yes', 'APPROVE', '']) {
      expect(judgeDecision(decision, { approver: 'ann' }, anybody)).toHaveProperty('refused');
    }
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'just text'],
    ['a list', [{ approver: 'ann' }]],
    ['no approver', {}],
    ['an approver without a name', { approver: '  ' }],
    ['an approver that is a number', { approver: 7 }],
    ['a name that is too long', { approver: 'a'.repeat(201) }],
    ['a comment that is no text', { approver: 'ann', comment: { a: 1 } }],
    ['a comment that is too long', { approver: 'ann', comment: 'a'.repeat(1001) }],
  ])('answers %s with why it does not count, and never throws', (_, message) => {
    expect(judgeDecision('approve', message, anybody)).toHaveProperty('refused');
  });
});
