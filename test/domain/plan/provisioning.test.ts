import { expect, it } from 'vitest';
import type { LanePart } from '../../../domain/plan/provisioning.js';

it('knows the parts of a lane by name when the program is compiled', () => {
  // @ts-expect-error there is none of that name
  const part: LanePart = 'cluster-nowhere';
  expect(part).toBeDefined();
});
