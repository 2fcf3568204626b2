/** On clusters in memory, with a real edge before the source. */
import { askForName } from '../../systems/edge/ask-for-name.js';
import { createPlayedEdge } from '../infra/lanes/k3d/played-edge.js';
import { laneContract } from './lane-contract.js';

laneContract('k3d', async () => {
  const edge = await createPlayedEdge();
  const { test, port } = edge;
  const asked = { address: `https://127.0.0.1:${port}`, serverName: 'edge' };
  return {
    ...{ stateFolder: test.stateFolder, name: 'k3d' },
    open: (assertHeld) => test.open(assertHeld),
    answers: async () => (await askForName(asked)).outcome === 'answered',
    [Symbol.asyncDispose]: () => edge[Symbol.asyncDispose](),
  };
});
