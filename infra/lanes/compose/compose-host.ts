/** How the containers of a compose lane are started, ended and turned. */
import { rm } from 'node:fs/promises';
import type { Change, LaneHost } from '../made/shell/lane-host.js';
import { pairSides } from '../made/record/lane-sides.js';
import { readTopologyFile } from '../made/record/topology-file.js';
import { buildLane, type ComposeLaneBuilder } from './build-lane.js';
import { ensureEdge, pointClientsEdgeAt, writeEdgeRoutes } from './edges.js';
import type { ComposeLaneContext } from './lane-context.js';
import type { ComposeLaneRecord } from './lane-record.js';
import { serverNames } from '../made/names.js';
import { ensureServer, restartServer, wipeServer } from './servers.js';
import { describeTopology } from './topology.js';

type ComposeHost = LaneHost<ComposeLaneRecord, ComposeLaneContext>;

export const createComposeHost = (builder: ComposeLaneBuilder): ComposeHost => {
  const { name, paths, recordFile, materials, member } = builder;

  const open = async ({ record, progress, signal }: Change<ComposeLaneRecord>): Promise<ComposeLaneContext> => ({
    ...{ lane: name, paths, recordFile, record, materials, progress, signal },
    ...(await builder.open(record, signal)),
  });

  /** An edge is started with the routes that the record asks for as it is now. */
  const followRecord: ComposeHost['openEdge'] = async (context, side) =>
    ensureEdge({ ...context, record: await recordFile.existing() }, side);

  /** A member's volumes are not its to remove: only what is in them. */
  const emptyVolumes = async (): Promise<void> => {
    const servers = serverNames.map((server) => paths.server(server));
    const folders = [...servers.flatMap(({ data, temporary }) => [data, temporary]), paths.storage.data];
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  };

  return {
    open,
    build: async (request, progress, signal) => describeTopology(await buildLane(builder, request, progress, signal)),
    askedPair: () => readTopologyFile(paths),
    // Killed, as Traefik would give its connections another second. An edge that is started meanwhile must not come up with the
    // old routes, so these go first.
    async cutEdge(context, side) {
      await writeEdgeRoutes(context, side, []);
      await context.containers.kill(`edge-${side}`, context.signal);
    },
    // The address of a container that is gone answers nothing at all.
    refuse: followRecord,
    keepShut: followRecord,
    openEdge: followRecord,
    pointClients: pointClientsEdgeAt,
    restart: async (context, side) => void (await restartServer(context, side)),
    start: ensureServer,
    async kill({ containers, signal }, side, beforeTheEnd) {
      await beforeTheEnd();
      await containers.kill(side, signal);
      return undefined;
    },
    async removePair(context) {
      await context.containers.stop(['edge-clients', 'edge-source', 'edge-target'], context.signal);
      await Promise.all(pairSides.map((side) => wipeServer(context, side)));
    },
    async removeAll({ record, ...change }) {
      if (record !== undefined) await (await open({ record, ...change })).containers.remove(change.signal);
      if (member) await emptyVolumes();
    },
  };
};
