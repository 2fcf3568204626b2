import { describe, expect, it } from 'vitest';
import { judgeDecision, judgeHandMove } from '../../../domain/approval/approval.js';
import { Unreadable } from '../../../domain/approval/messages/unreadable.js';

const evidenceSha256 = 'ab'.repeat(32);
const anybody = {
  waiting: true,
  policy: { timeoutSeconds: 60, approvers: [] },
  evidenceSha256,
  via: 'signal',
} as const;
const onlyAnn = { ...anybody, policy: { timeoutSeconds: 60, approvers: ['ann'] } };

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
    expect(judgeDecision('approve', { approver: 'ann' }, { ...anybody, policy: undefined })).toHaveProperty('refused');
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

  it('binds a decision to the evidence it names, and refuses one that names other evidence', () => {
    const named = (evidence: unknown) => judgeDecision('approve', { approver: 'ann', evidence }, anybody);
    expect(named(evidenceSha256)).toMatchObject({ accepted: { evidenceSha256 } });
    expect(named(evidenceSha256.toUpperCase())).toHaveProperty('accepted');
    expect(named('cd'.repeat(32))).toMatchObject({ refused: expect.stringContaining('is not the digest') as string });
    expect(named(evidenceSha256.slice(0, 12))).toHaveProperty('refused');
    expect(named('')).toHaveProperty('refused');
    expect(named(7)).toHaveProperty('refused');
    expect(
      judgeDecision(
        'approve',
        { approver: 'ann', evidence: evidenceSha256 },
        { ...anybody, evidenceSha256: undefined },
      ),
    ).toHaveProperty('refused');
  });
});

describe('a rejection', () => {
  const byUpdate = { ...anybody, via: 'update' } as const;

  it('is never lost when it comes as a signal: what is wrong with it is left out', () => {
    const bare = { accepted: { decision: 'reject', approver: 'ann' } };
    for (const wrong of [
      {},
      { reason: 7 },
      { evidence: 'other' },
      { evidence: 'a'.repeat(2_000_000) },
      { evidence: { a: 1 } },
    ]) {
      expect(judgeDecision('reject', { approver: 'ann', ...wrong }, anybody)).toEqual(bare);
    }
    const long = judgeDecision('reject', { approver: 'ann', reason: 'a'.repeat(5000) }, anybody);
    expect(long).toMatchObject({ accepted: { comment: `${'a'.repeat(999)}…` } });
    expect(judgeDecision('reject', { approver: 'ann', evidence: 'CD'.repeat(32) }, anybody)).toMatchObject({
      accepted: { evidenceSha256: 'cd'.repeat(32) },
    });
  });

  it('needs a reason and a digest when it comes as an update, which is answered', () => {
    const reject = (more: object) => judgeDecision('reject', { approver: 'ann', ...more }, byUpdate);
    expect(reject({})).toEqual({ refused: '"reason" is missing: say why you reject' });
    expect(reject({ reason: ' ' })).toHaveProperty('refused');
    expect(reject({ comment: 'why' })).toMatchObject({ accepted: { comment: 'why' } });
    expect(reject({ reason: 'why', evidence: 'other' })).toEqual({
      refused: '"evidence" must be a SHA-256 of 64 hex digits',
    });
    expect(reject({ reason: 'a'.repeat(1001) })).toHaveProperty('refused');
  });
});

describe('what cannot be read', () => {
  it('is refused with what is wrong with it', () => {
    const message = new Unreadable('is larger than 64 KiB');
    const refused = { refused: 'the message is larger than 64 KiB' };
    expect(judgeDecision(undefined, message, anybody)).toEqual(refused);
    expect(judgeHandMove(message, { waiting: true })).toEqual(refused);
  });

  it('includes a name of several lines, which could pass for other text', () => {
    for (const approver of ['ann\nben', 'ann\u001b[31m', 'ann\u2028ben']) {
      expect(judgeDecision('approve', { approver }, anybody)).toEqual({
        refused: '"approver" must be one line without control characters',
      });
    }
  });
});

describe('judgeHandMove', () => {
  it('accepts who moved the clients, while the drill waits for it', () => {
    expect(judgeHandMove({ by: ' ann ', comment: 'DNS' }, { waiting: true })).toEqual({
      accepted: { by: 'ann', comment: 'DNS' },
    });
    expect(judgeHandMove({ by: 'ann' }, { waiting: false })).toHaveProperty('refused');
  });

  it.each([
    [undefined],
    ['ann'],
    [[]],
    [{}],
    [{ by: '' }],
    [{ by: 7 }],
    [{ by: 'a'.repeat(201) }],
    [{ by: 'ann', comment: 7 }],
  ])('refuses %j without throwing', (message) =>
    expect(judgeHandMove(message, { waiting: true })).toHaveProperty('refused'),
  );
});
