/** The program of the compose lane's keeper: see infra/lanes/compose/containers/keeper.ts. */
import { createKeeper } from '../../infra/lanes/compose/containers/keeper.js';
import { createEngineApi } from '../../systems/docker/engine-api.js';

const {
  OPENBAO_DR_COMPOSE_PROJECT: project = 'openbao-dr',
  OPENBAO_DR_KEEPER_PORT: port = '7070',
  OPENBAO_DR_KEEPER_SOCKET: socket = '/var/run/docker.sock',
} = process.env;

const keeper = createKeeper({ engine: createEngineApi({ socket }), project });
keeper.listen(Number(port), () => console.error(`Keeping the containers of ${project}.`));
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    keeper.close();
    keeper.closeAllConnections();
  });
}
