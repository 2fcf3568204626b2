import { describe, expect, it } from 'vitest';
import { createStepRun } from '../../../activities/patience/step-run.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { StepBeat } from '../../../domain/contract/step-beat.js';

const away = new KnownFailure('ObjectStoreUnreachable', 'The object store cannot be reached', { retryable: true });
const truncated = new KnownFailure('SnapshotTruncated', 'The archive is cut short', { retryable: true });
const stranger = new KnownFailure('OpenBaoCertificateRefused', 'Another server answered');

/** Attempts of one step that is patient for ten minutes, by a clock of the test. */
const step = (longestMs = 120_000) => {
  let ms = Date.UTC(2026, 0, 1);
  let before: StepBeat | undefined;
  return {
    later: (seconds: number) => void (ms += seconds * 1000),
    attempt: () => createStepRun({ patienceMs: 600_000, longestMs, before, now: () => ms }),
    /** The attempt failed, or its worker was lost: what it said last is all that is left of it. */
    ended: (beat: StepBeat) => void (before = beat),
  };
};

describe('the patience of a step', () => {
  it('lasts over all attempts, from when something was first seen to be away', () => {
    const { later, attempt, ended } = step();
    for (let tries = 0; tries < 10; tries += 1) {
      const run = attempt();
      run.noteAway(away);
      expect(run.patienceLeftMs()).toBe(600_000 - tries * 30_000);
      ended(run.beat());
      later(30);
    }
  });

  it('begins anew once what was away has answered', () => {
    const { later, attempt, ended } = step();
    const first = attempt();
    first.noteAway(away);
    ended(first.beat());
    later(30);
    const second = attempt();
    second.noteThere();
    later(5);
    second.noteAway(away);
    expect(second.patienceLeftMs()).toBe(595_000);
  });

  it('is not used up while no worker was there to ask', () => {
    const { later, attempt, ended } = step();
    const first = attempt();
    first.noteAway(away);
    ended(first.beat());
    later(3_600);
    expect(attempt().patienceLeftMs()).toBe(600_000);
  });

  it('is not used up by workers that are lost while they work', () => {
    const { later, attempt, ended } = step();
    for (let lost = 0; lost < 5; lost += 1) {
      ended(attempt().beat());
      later(60);
    }
    expect(attempt().patienceLeftMs()).toBe(600_000);
  });

  it('is used up by attempts that hang until they are ended', () => {
    const { later, attempt, ended } = step();
    for (let hung = 0; hung < 3; hung += 1) {
      ended(attempt().beat());
      later(121);
    }
    const run = attempt();
    expect(run.patienceLeftMs()).toBe(600_000 - 3 * 121_000);
    expect(run.beat().away?.last).toBe('The previous attempt did not end within 2 min 00 s.');
  });

  it('is short for a server that shows another certificate, as an edge that starts does', () => {
    const { later, attempt } = step();
    const run = attempt();
    run.noteAway(away);
    later(60);
    run.noteAway(stranger);
    expect(run.patienceLeftMs()).toBe(15_000);
    later(16);
    expect(run.patienceLeftMs()).toBe(0);
  });

  it('begins anew for a stream that moved for minutes before its connection broke', () => {
    const { later, attempt, ended } = step();
    const first = attempt();
    first.noteAway(away);
    ended(first.beat());
    later(10);
    const second = attempt();
    later(300);
    second.noteMoved(5);
    later(5);
    expect(second.beat()).toMatchObject({ bytes: 5 });
    expect(second.beat()).not.toHaveProperty('away');
    second.noteAway(away);
    expect(second.patienceLeftMs()).toBe(595_000);
  });

  it('goes on to be used up by what a stream brings wrong each time', () => {
    const { later, attempt, ended } = step(Infinity);
    for (let tries = 0; tries < 3; tries += 1) {
      const run = attempt();
      later(300);
      run.noteMoved(5);
      run.noteAway(truncated);
      ended(run.beat());
      later(1);
    }
    expect(attempt().patienceLeftMs()).toBe(0);
  });
});
