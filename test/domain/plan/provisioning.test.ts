import { describe, expect, it } from 'vitest';
import { laneKinds } from '../../../domain/plan/plan.js';
import { composeParts, type LanePart, parseLanePart, provisioningStages } from '../../../domain/plan/provisioning.js';

describe('the parts of a lane', () => {
  it.each(laneKinds)('of kind %s are read back from a history by their names', (kind) => {
    for (const part of provisioningStages(kind).flat()) expect(parseLanePart(`${kind}-blue`, part)).toBe(part);
  });

  it('of a compose lane are those that are made between the starts of its containers', () => {
    for (const part of composeParts) expect(parseLanePart('compose', part)).toBe(part);
  });

  it.each([
    ['k3d', 'cluster-nowhere', 'only network, storage, cluster-infra'],
    ['k3d', 'constructor', 'only network'],
    ['k3d', 'materials', 'only network'],
    ['compose', 'network', 'only materials, transit, pair'],
    ['local', 'network', 'is made in one step'],
    ['another', 'network', 'is made in one step'],
  ])('of lane %s have none that is called %s, which is said', (lane, part, said) => {
    expect(() => parseLanePart(lane, part)).toThrow(
      expect.objectContaining({
        type: 'UnknownLanePart',
        message: expect.stringContaining(said) as string,
      }) as Error,
    );
  });

  it('are known to whoever compiles the program', () => {
    // @ts-expect-error there is none of that name
    const part: LanePart = 'cluster-nowhere';
    expect(part).toBeDefined();
  });
});
