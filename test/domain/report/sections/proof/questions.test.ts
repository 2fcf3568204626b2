import { describe, expect, it } from 'vitest';
import { checkNames } from '../../../../../domain/run/checks.js';
import { questions, titledChecks } from '../../../../../domain/report/sections/proof/questions.js';

describe('the questions of an auditor', () => {
  it('place every check, each under a title of its own, and no other', () => {
    expect(Object.keys(titledChecks).sort()).toEqual([...checkNames].sort());
    const titles = Object.values(titledChecks).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const title of titles) expect(title).toMatch(/^[A-Z].*[^.]$/);
  });

  it('are each answered by a check', () => {
    const asked = new Set(Object.values(titledChecks).map(({ question }) => question));
    expect([...asked].sort()).toEqual(Object.keys(questions).sort());
  });

  it('know the negative controls: checks that pass only if something is refused', () => {
    const controls = checkNames.filter((name) => titledChecks[name].control === true);
    expect(controls).toEqual([
      'controls-effective',
      'flipped-byte-refused',
      'other-key-refused',
      'target-password-refused',
      'source-operator-refused',
    ]);
  });
});
