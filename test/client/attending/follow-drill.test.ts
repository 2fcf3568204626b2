import { describe, expect, it, vi } from 'vitest';
import { followDrill, type FollowOptions } from '../../../client/attending/follow-drill.js';
import { aborted, createInterruption, Interrupted } from '../../../client/cli/interruption.js';
import type { DrillReport, DrillStatus } from '../../../domain/report/report.js';
import { exampleReport, exampleStatus } from '../../domain/report/example-report.js';

/** A drill whose status and end a test decides. */
const scripted = (status: DrillStatus | undefined) => {
  let current = status;
  let finish!: (report: DrillReport) => void;
  let fail!: (error: Error) => void;
  const ended = new Promise<DrillReport>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  return {
    status: async () => current,
    report: () => ended,
    moved: async (): Promise<void> => undefined,
    become: (next: DrillStatus | undefined) => void (current = next),
    finish,
    fail,
  };
};

const follow = (drill: ReturnType<typeof scripted>, options: Partial<FollowOptions> = {}) =>
  followDrill(drill, {
    onStatus: () => undefined,
    onWaiting: async () => undefined,
    intervalMs: 1,
    signal: createInterruption().second,
    ...options,
  });

describe('followDrill', () => {
  it('shows every look, and the end last', async () => {
    const drill = scripted(exampleStatus({ waitingFor: undefined }));
    const report = exampleReport();
    const seen: (DrillReport | undefined)[] = [];
    const onStatus = (status: DrillStatus): void => {
      seen.push(status.report);
      drill.become(exampleStatus({ waitingFor: undefined, report }));
      drill.finish(report);
    };
    expect(await follow(drill, { onStatus })).toBe(report);
    expect(seen[0]).toBeUndefined();
    expect(seen.at(-1)).toBe(report);
  });

  it('shows the end from the report when nobody answers for the drill any more', async () => {
    const drill = scripted(undefined);
    const report = exampleReport();
    drill.finish(report);
    const seen: DrillStatus[] = [];
    await follow(drill, { onStatus: (status) => seen.push(status) });
    expect(seen.at(-1)).toMatchObject({ report, waitingFor: undefined, phase: 'approval' });
  });

  it('lets somebody decide once a wait, and ends the question when the drill was decided elsewhere', async () => {
    const drill = scripted(exampleStatus());
    let asked = 0;
    const onWaiting = async (_: DrillStatus, signal: AbortSignal): Promise<void> => {
      asked += 1;
      drill.become(exampleStatus({ waitingFor: undefined }));
      await aborted(signal);
      drill.finish(exampleReport());
    };
    await follow(drill, { onWaiting });
    expect(asked).toBe(1);
  });

  it('ends a question that is still open when the drill ends', async () => {
    const drill = scripted(exampleStatus());
    let ended = false;
    const onWaiting = async (_: DrillStatus, signal: AbortSignal): Promise<void> => {
      drill.finish(exampleReport());
      await aborted(signal);
      ended = true;
    };
    await follow(drill, { onWaiting });
    expect(ended).toBe(true);
  });

  it('fails with what went wrong while deciding', async () => {
    const drill = scripted(exampleStatus());
    const onWaiting = async (): Promise<void> => {
      throw new Error('no terminal');
    };
    await expect(follow(drill, { onWaiting })).rejects.toThrowError('no terminal');
  });

  it('tells again and again, and counts, that no worker answers for the drill', async () => {
    const drill = scripted(undefined);
    const told: number[] = [];
    const onSilence = async (times: number): Promise<void> => {
      told.push(times);
      if (times === 2) drill.finish(exampleReport());
    };
    await follow(drill, { onSilence, silenceMs: 5 });
    expect(told.slice(0, 2)).toEqual([1, 2]);
  });

  it('looks again once the drill has moved, and not before', async () => {
    let move = (): void => undefined;
    let looks = 0;
    const ended = new AbortController();
    const drill = {
      ...scripted(exampleStatus()),
      status: async () => ((looks += 1), exampleStatus()),
      moved: () => new Promise<void>((resolve) => (move = resolve)),
    };
    const followed = follow(drill, { signal: ended.signal });
    await vi.waitFor(() => expect(looks).toBe(1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(looks).toBe(1);
    await vi.waitFor(() => {
      move();
      expect(looks).toBeGreaterThan(1);
    });
    ended.abort(new Interrupted());
    await expect(followed).rejects.toThrowError(Interrupted);
  });

  it('fails as the drill does', async () => {
    const drill = scripted(exampleStatus({ waitingFor: undefined }));
    drill.fail(new Error('terminated'));
    await expect(follow(drill)).rejects.toThrowError('terminated');
  });

  it('stops at once when asked to, leaving the drill alone', async () => {
    const interruption = createInterruption();
    const followed = follow(scripted(exampleStatus()), { signal: interruption.second });
    interruption.hangUp();
    await expect(followed).rejects.toBeInstanceOf(Interrupted);
  });
});
