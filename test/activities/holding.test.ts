import { describe, expect, it } from 'vitest';
import { createDrillActivities } from '../../activities/index.js';
import type { ActivityPorts } from '../../activities/ports/activity-ports.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { runActivity } from './support.js';
import { exampleTopology } from '../support/drills/example-topology.js';

const topology = exampleTopology();

/** Steps that may run for a drill that does not have the lane, and why. A step that changes something of a pair is none. */
const needNotHold: Readonly<Record<string, string>> = {
  resolvePlan: 'touches nothing',
  reserveLane: 'takes the lane',
  releaseLane: 'gives back only what is its own',
  digestEvidence: 'touches nothing',
  checkRequirements: 'looks',
  checkCutover: 'looks',
  checkOperators: 'looks',
  awaitServed: 'looks',
  settleOperatorBackup: 'looks',
  inspectArchive: 'looks',
  proveSeal: 'looks',
  checkTargetStorage: 'writes an object of its own into the bucket and removes it',
  observeRestore: 'looks',
  observeSeal: 'looks',
  waitForTransit: 'looks',
  verifyTarget: 'looks',
  compareStores: 'looks',
  readCanary: 'looks',
  measureRecovery: 'reads the journal',
  measureMove: 'reads the journal',
  measureClients: 'reads the journal',
  awaitClients: 'looks',
  confirmClients: 'looks',
  tagSnapshot: "marks the drill's own object",
  writeReport: "writes into the drill's own folder, also when the lane is another's",
};

/** Ports of a worker on which the drill has no lane: whatever else a step reaches for is written down. */
const portsOfAnother = () => {
  const touched: string[] = [];
  const touching = (name: string): unknown =>
    new Proxy(() => undefined, {
      get: (_, member) => touching(`${name}.${String(member)}`),
      apply: () => {
        touched.push(name);
        throw new Error(`${name} was used`);
      },
    });
  const reservations = {
    assertHeld: async () => {
      throw new KnownFailure('LaneElsewhere', 'not here');
    },
  };
  const ports = new Proxy({ reservations } as unknown as ActivityPorts, {
    get: (of, name) => (name === 'reservations' ? of.reservations : touching(String(name))),
  });
  return { ports, touched };
};

const steps = Object.keys(createDrillActivities(portsOfAnother().ports));

describe('a step of a drill that does not have the lane', () => {
  it.each(steps.filter((step) => !(step in needNotHold)))('%s is refused before it touches anything', async (step) => {
    const { ports, touched } = portsOfAnother();
    const activities = createDrillActivities(ports) as unknown as Record<string, (input: object) => Promise<unknown>>;
    const running = runActivity(activities[step]!, { lane: 'local', drillId: 'drill', topology });
    await expect(running).rejects.toMatchObject({ type: 'LaneElsewhere' });
    expect(touched).toEqual([]);
  });

  it('is excused by name only while there is a step of that name', () => {
    expect(Object.keys(needNotHold).filter((step) => !steps.includes(step))).toEqual([]);
  });
});
