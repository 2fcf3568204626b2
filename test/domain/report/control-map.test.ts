import { describe, expect, it } from 'vitest';
import { type Check, checkNames } from '../../../domain/run/checks.js';
import { controlMapCaveat, controls, mapControls } from '../../../domain/report/control-map.js';

const made = (outcome: Check['outcome'], names: readonly Check['name'][]): readonly Check[] =>
  names.map((name) => ({ name, outcome, expected: '', observed: '' }));
const find = (checks: readonly Check[], control: string) =>
  mapControls({ checks }).find((mapped) => mapped.control === control)!;

describe('the control map', () => {
  it('covers the controls that auditors ask for, each once', () => {
    const names = controls.map(({ framework, control }) => `${framework} ${control}`);
    expect(new Set(names).size).toBe(names.length);
    expect(controls.map(({ control }) => control)).toEqual([
      ...['Art. 11', 'Art. 12(2)', 'Art. 12(3)', 'Testing (3.5)'],
      ...['CP-4', 'CP-9', 'CP-9(1)', 'CP-9(2)', 'CP-10', 'A.5.30', 'A.8.13', 'A1.2', 'A1.3'],
    ]);
  });

  it.each(controls.map((control) => [control.control, control] as const))(
    'names for %s checks that exist, each once, and what they do not show',
    (_, { checks, shows, doesNotShow }) => {
      expect(checks.length).toBeGreaterThan(0);
      expect(new Set(checks).size).toBe(checks.length);
      for (const name of checks) expect(checkNames).toContain(name);
      expect(shows).not.toBe('');
      expect(doesNotShow.length).toBeGreaterThan(20);
    },
  );

  it('says that checks passed only if all of a control were made and passed', () => {
    expect(find(made('passed', checkNames), 'CP-9(1)').outcome).toBe('passed');
    const without = checkNames.filter((name) => name !== 'seal-proof');
    expect(find(made('passed', without), 'CP-9(1)')).toMatchObject({
      outcome: 'partly',
      passed: ['archive-integrity', 'flipped-byte-refused'],
      notMade: ['seal-proof'],
    });
  });

  it('says so if one failed, whatever the others did', () => {
    const checks = [...made('passed', ['archive-integrity']), ...made('failed', ['seal-proof'])];
    expect(find(checks, 'CP-9(1)')).toMatchObject({ outcome: 'failed', failed: ['seal-proof'] });
  });

  it('counts a skipped check as not made, and a drill without checks as no evidence at all', () => {
    expect(find(made('skipped', checkNames), 'CP-9(1)')).toMatchObject({ outcome: 'not made', passed: [] });
    expect(new Set(mapControls({ checks: [] }).map(({ outcome }) => outcome))).toEqual(new Set(['not made']));
  });

  it('claims compliance nowhere', () => {
    const text = controls.flatMap(({ title, shows, doesNotShow }) => [title, shows, doesNotShow]).join(' ');
    expect(text).not.toMatch(/complian|complies|satisf|fulfil|certif|conform/i);
    expect(controlMapCaveat).toContain('does not make an organization compliant');
  });
});
