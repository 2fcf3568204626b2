import { expect, it } from 'vitest';
import { runDrills } from '../support/drills/drill.js';
import { createStubActivities } from '../support/drills/stub-activities.js';

const { withDrill } = runDrills();

const stubsOf = createStubActivities().activities;

it('a drill with a step that has more to hand on than Temporal carries fails once, says so, undoes all, and reports', async () => {
  const stubs = createStubActivities({
    inspectArchive: async (input) => {
      const inspected = await stubsOf.inspectArchive(input);
      const groups = Array.from({ length: 25_000 }, (_, at) => ({
        name: `logical/${String(at).padStart(64, '0')}`,
        entries: 1,
        sizeBytes: 1,
      }));
      return { ...inspected, inspection: { ...inspected.inspection, groups } };
    },
  });
  await withDrill({ stubs }, async (drill) => {
    const { result, reason, cleanup, phases } = await drill.report();
    expect(result).toBe('failed');
    expect(reason).toMatch(
      /^The phase inspect failed: The step inspectArchive has 2,\d{3},\d{3} bytes to hand on, and Temporal carries at most 524,288 bytes/,
    );
    expect(phases.find(({ name }) => name === 'inspect')?.attempts).toBe(1);
    expect(cleanup).toMatchObject({ outcome: 'succeeded', failures: [] });
    const ran = stubs.steps();
    expect(ran.filter((step) => step === 'inspectArchive')).toHaveLength(1);
    expect(ran.slice(ran.indexOf('inspectArchive'))).toEqual(
      expect.arrayContaining(['teardownLane', 'writeReport', 'releaseLane']),
    );
    expect(ran).not.toContain('submitRestore');
  });
});
