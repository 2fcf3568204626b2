/** On real processes. */
import { askForName } from '../../systems/edge/ask-for-name.js';
import { baseline } from '../../domain/pair/topology.js';
import { createTestLane } from '../support/drills/local-lane.js';
import { laneContract } from './lane-contract.js';

laneContract('local', async () => {
  const lane = await createTestLane();
  const { topology } = await lane.provision();
  const options = { local: { ports: {}, targetSealKey: baseline.sealKey } };
  return {
    ...{ stateFolder: lane.stateFolder, name: 'local' },
    open: (assertHeld) => lane.open(assertHeld),
    answers: async (side) => (await askForName(topology[side])).outcome === 'answered',
    provision: () => lane.open().provision({ owner: 'up', options, freshTarget: true }, () => undefined),
    [Symbol.asyncDispose]: () => lane[Symbol.asyncDispose](),
  };
});
