import { describe, expect, it } from 'vitest';
import { composeParts } from '../../../../../domain/plan/kinds/compose.js';
import { provisioningStages } from '../../../../../domain/plan/provisioning.js';
import { lanePartOf } from '../../../../../infra/lanes/made/shell/lane-part.js';

const stages = provisioningStages('k3d').flat();

describe('the parts of a lane', () => {
  it('are read back from a history by their names', () => {
    for (const part of stages) expect(lanePartOf('k3d-blue', stages, part)).toBe(part);
  });

  it.each([
    ['cluster-nowhere', stages, 'only network, storage, cluster-infra'],
    ['constructor', stages, 'only network'],
    ['materials', stages, 'only network'],
    ['network', composeParts, 'only materials, transit, pair'],
  ] as const)('have none that is called %s, which is said', (part, parts, said) => {
    expect(() => lanePartOf('blue', parts as readonly string[], part)).toThrow(
      expect.objectContaining({ type: 'UnknownLanePart', message: expect.stringContaining(said) as string }) as Error,
    );
  });
});
