import { describe, expect, it } from 'vitest';
import { renderScreen } from '../../../../client/views/run/screen.js';
import { wrap } from '../../../../client/views/text.js';
import { renderLiveView } from '../../../../client/views/run/live-view.js';
import { check } from '../../../../domain/run/checks.js';
import { exampleStatus } from '../../../domain/report/example-report.js';

const nowMs = Date.parse('2026-01-02T03:05:05.000Z');
const digest = 'cd'.repeat(32);

describe('the screen of a decision', () => {
  const atStake = {
    lastRecovered: { sequence: 40, at: '2026-01-02T03:04:15.000Z' },
    lastAcknowledged: { sequence: 80, at: '2026-01-02T03:04:19.000Z' },
    seconds: 4,
    lostWrites: 40,
    growing: true,
    objective: { rpoSeconds: 30, countDeciding: false },
  };
  const status = exampleStatus({
    atStake,
    objectives: { rpoSeconds: 30, rtoSeconds: 300 },
    waitingFor: { ...exampleStatus().waitingFor!, approvers: ['ann', 'ben'] },
  });

  it('says on a handful of lines who is waited for, what was proved, what is at stake and how to decide', () => {
    const lines = renderScreen(status, { nowMs, width: 140 }).split('\n');
    expect(lines[0]).toBe('Waits for ann or ben to approve or reject the cutover, for 23 h 59 min more.');
    expect(lines.slice(1).map((line) => line.trim().split(/ {2,}/)[0])).toEqual([
      'Proofs',
      'Snapshot',
      'At stake',
      'Objectives',
      'Otherwise',
      'Evidence',
      'Approve',
      'Reject',
    ]);
    const text = lines.join('\n');
    expect(text).toContain('2 of 2 passed');
    expect(text).toMatch(/Snapshot +taken 50\.0 s ago, 120\.6 KiB, source/);
    expect(text).toMatch(/approving now loses about \d+ writes of the canary, 50\.0 s/);
    expect(text).toContain('RPO 30.0 s: met; RTO 5 min 00 s: measured at the cutover');
    expect(text).toContain(digest);
    expect(text).toContain('openbao-dr approve local --as ann');
    expect(text).toContain('openbao-dr reject local --as ann --reason "WHY"');
  });

  it('shows failed proofs and warnings first, and every check on demand', () => {
    const checks = [...status.checks, check('rpo-objective', false, 'at most 30 s', '40 s lost')];
    const warnings = [{ name: 'external-plugins', sentence: 'Install two.' }] as const;
    const text = renderScreen({ ...status, checks, warnings }, { nowMs, width: 120 });
    expect(text).toContain('2 of 3 passed; ✘ rpo-objective (observed 40 s lost)');
    expect(text.split('\n')[1]).toMatch(/Mind +external-plugins: Install two\./);
    expect(text).not.toContain('marker-is-source');
    expect(renderScreen(status, { nowMs, details: true })).toContain('✔ marker-is-source  phase1-source');
  });

  it('can be read at 60 columns: no word is cut, and only what is longer than a line is wider', () => {
    const lines = renderScreen(status, { nowMs, width: 60 }).split('\n');
    const words = new Set(renderScreen(status, { nowMs, width: 1000 }).split(/\s+/));
    for (const line of lines) {
      for (const word of line.trim().split(/\s+/)) expect(words).toContain(word);
      if (line.length > 60) expect(line.trim().split(/\s+/)).toHaveLength(1);
    }
  });

  it('asks for a move by hand, and not for an approval, while the drill waits for that', () => {
    const waitingFor = { ...status.waitingFor!, what: 'cutover', to: 'target', approvers: [] } as const;
    const text = renderScreen({ ...status, waitingFor }, { nowMs, width: 120 });
    expect(text).toMatch(/^Waits for a person to move the clients to the target, for 23 h/);
    expect(text).toContain('openbao-dr cutover-done local --as NAME');
    expect(text).not.toMatch(/approve|expires/);
    const view = renderLiveView({ ...status, waitingFor }, nowMs, 100);
    expect(view).toContain('Waits for a person to move the clients to the target');
  });

  it('says that the time is up once it is', () => {
    expect(renderScreen(status, { nowMs: nowMs + 48 * 3_600_000 })).toMatch(/time is up since\s+2026-01-03/);
  });

  it('lets no text of a server command the terminal', () => {
    const checks = [
      { name: 'same-seal', outcome: 'failed', expected: 'a\u001b[2J', observed: 'b\r\u0007\u009b1m\nc' } as const,
    ];
    const text = renderScreen({ ...status, checks }, { nowMs, details: true });
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

describe('the live view after a hand move was reported', () => {
  it('says that the drill looks itself now, and for how long', () => {
    const phases = [{ name: 'cutover', startedAt: '2026-01-02T03:04:50.000Z', attempts: 1 }] as const;
    const handMoves = [{ to: 'target', by: 'ann', at: '2026-01-02T03:05:00.000Z' }] as const;
    const view = renderLiveView(exampleStatus({ phases, handMoves, waitingFor: undefined }), nowMs, 120);
    expect(view).toContain('ann has reported the move; looking whether a client reaches the target, for up to 5 min');
  });
});

describe('wrap', () => {
  it('breaks between words alone', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap(`a ${'b'.repeat(20)} c`, 7)).toEqual(['a', 'b'.repeat(20), 'c']);
  });
});
