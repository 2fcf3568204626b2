/** How what a k3d lane is made of is started, ended and turned in its clusters. */
import { isShut } from '../made/record/lane-sides.js';
import { readTopologyFile } from '../made/record/topology-file.js';
import type { LaneHost } from '../made/shell/lane-host.js';
import { buildLane, type LaneBuilder } from './build-lane.js';
import { currentRecord, type LaneContext } from './lane-context.js';
import type { K3dLaneRecord } from './lane-record.js';
import { removeAll, removePair } from './remove-lane.js';
import { pointClientsEdgeAt } from './sides/edges.js';
import { cutEdge, keepEdgeShut, openEdge } from './sides/fence.js';
import { killServer } from './sides/kill-server.js';
import { serverActive, serverAnswers, startServer, stopServer } from './sides/side-server.js';
import { describeTopology } from './topology.js';

export const createK3dHost = (builder: LaneBuilder): LaneHost<K3dLaneRecord, LaneContext> => {
  const { base } = builder;
  const open: LaneHost<K3dLaneRecord, LaneContext>['open'] = async ({ record: { id, options }, progress, signal }) => ({
    ...base,
    ...{ id, options, progress, signal },
  });
  return {
    open,
    build: async (request, progress, signal) => describeTopology(await buildLane(builder, request, progress, signal)),
    askedPair: () => readTopologyFile(base.paths),
    cutEdge,
    keepShut: keepEdgeShut,
    openEdge,
    pointClients: pointClientsEdgeAt,
    async restart(context, side) {
      await stopServer(context, side);
      await startServer(context, side);
      // It can be asked through its edge alone.
      if (!isShut(await currentRecord(context), side)) await serverAnswers(context, side);
    },
    start: startServer,
    serves: async (context, side) => void (await serverActive(context, side)),
    kill: killServer,
    removePair,
    async removeAll({ record, ...change }, options) {
      if (record !== undefined) await removeAll(await open({ record, ...change }), options);
    },
  };
};
