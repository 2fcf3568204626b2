import { describe, expect, it } from 'vitest';
import { renderEvidence } from '../../../client/views/evidence.js';
import { exampleStatus } from '../../domain/example-report.js';

describe('renderEvidence', () => {
  it('shows every check, the snapshot by key, size and digest, and the digest of it all', () => {
    const text = renderEvidence(exampleStatus());
    for (const fact of [
      '✔ same-seal         the same on both sides',
      '✔ marker-is-source  phase1-source',
      'source/source/2026-01-02T03-04-15Z-01234567.snap',
      '120.6 KiB',
      'ab'.repeat(32),
      'cd'.repeat(32),
      '2026-01-03T03:04:20.000Z, then the drill expires',
    ]) {
      expect(text).toContain(fact);
    }
    expect(text).not.toContain('May decide');
  });

  it('names who may decide, if the plan does', () => {
    const waitingFor = { ...exampleStatus().waitingFor!, approvers: ['ann', 'ben'] };
    expect(renderEvidence(exampleStatus({ waitingFor }))).toMatch(/May decide +ann, ben/);
  });

  it('lets no text of a server command the terminal', () => {
    const checks = [
      { name: 'same-seal', outcome: 'failed', expected: 'a\u001b[2J', observed: 'b\r\u0007\u009b1m\nc' } as const,
    ];
    const text = renderEvidence(exampleStatus({ checks }));
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});
