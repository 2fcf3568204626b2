import { describe, expect, it } from 'vitest';
import { renderLiveView, renderPhaseLine } from '../../../../client/views/run/live-view.js';
import { check } from '../../../../domain/run/checks.js';
import { exampleReport, exampleStatus } from '../../../domain/report/example-report.js';

const now = Date.parse('2026-01-02T03:05:05.000Z');

describe('renderLiveView', () => {
  it('shows phases that ended with their time, and the running one with seconds that tick', () => {
    const status = exampleStatus({ waitingFor: undefined });
    const [title, provision, approval] = renderLiveView(status, now, 100).split('\n');
    expect(title).toBe('Drill 20260102T030405Z-0123abcd on lane local  1 min 00 s');
    expect(provision).toBe('  ✔ provision  7.5 s  (2 attempts)');
    expect(approval).toMatch(/^ {2}. approval {3}45\.0 s$/);
    expect(renderLiveView(status, now + 1000, 100)).toContain('46.0 s');
  });

  it('says that it waits for a person, and until when', () => {
    expect(renderLiveView(exampleStatus(), now, 100)).toContain(
      'Waits for a person to approve or reject the cutover, for 23 h 59 min more.',
    );
  });

  it('shows checks that failed with what was seen', () => {
    const checks = [check('marker-is-source', false, 'phase1-source', 'no\nmarker')];
    const text = renderLiveView(exampleStatus({ checks }), now, 100);
    expect(text).toContain('  0 of 1 checks passed');
    expect(text).toContain('  ✘ marker-is-source: no marker');
  });

  it.each([20, 40, 79])('draws no line wider than a terminal of %d columns', (width) => {
    const checks = [check('marker-is-source', false, 'x', 'y'.repeat(200))];
    const lines = renderLiveView(exampleStatus({ checks }), now, width).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it('shows what a step waits for, since when, and which attempt comes when', () => {
    const waiting = {
      step: 'takeSnapshot',
      attempt: 12,
      since: '2026-01-02T03:03:05.000Z',
      nextAttemptAt: '2026-01-02T03:05:13.000Z',
      lastFailure: { type: 'ObjectStoreUnreachable', message: 'The object store cannot be reached' },
    };
    const text = renderLiveView(exampleStatus(), now, 200, { pending: [waiting, { step: 'runClient', attempt: 1 }] });
    expect(text).toContain(
      'takeSnapshot waits since 2026-01-02T03:03:05.000Z (2 min 00 s), attempt 12, next in 8.0 s: ' +
        'ObjectStoreUnreachable: The object store cannot be reached',
    );
    expect(text).not.toContain('runClient');
  });

  it('shows how far a stream is while it moves', () => {
    const pending = [
      { step: 'takeSnapshot', attempt: 1, bytes: 1_288_490_189 },
      { step: 'compareStores', attempt: 3, bytes: 5_242_880 },
    ];
    const text = renderLiveView(exampleStatus(), now, 200, { pending });
    expect(text).toContain('takeSnapshot has read 1.2 GiB\n');
    expect(text).toContain('compareStores has read 5.0 MiB, attempt 3\n');
  });

  it('can be drawn before the drill has begun anything', () => {
    const text = renderLiveView(
      exampleStatus({ lane: undefined, phases: [], checks: [], waitingFor: undefined }),
      now,
      80,
    );
    expect(text).toContain('on lane …');
  });
});

describe('renderPhaseLine', () => {
  it('is one line with mark, name and time', () => {
    expect(exampleReport().phases.map((phase) => renderPhaseLine(phase))).toEqual([
      '✔ provision  7.5 s  (2 attempts)',
      '✔ approval   20.0 s  (20.0 s waiting for a person)',
    ]);
  });
});
