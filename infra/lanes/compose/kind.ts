import type { LaneKindModule } from '../kind.js';
import { composeLanePublishedPorts, composeLaneTopology, createComposeLane } from './compose-lane.js';
import { composeLaneTools, examineCompose } from './doctor/examine.js';
import { composeImages } from './machine/images.js';

/** Containers of one engine, by docker-compose.yml. */
export const composeKind: LaneKindModule = {
  open: createComposeLane,
  readTopology: composeLaneTopology,
  takenPorts: composeLanePublishedPorts,
  tools: () => composeLaneTools,
  examine: ({ compose }, { environment, tools, hasLane }) =>
    examineCompose({ environment, tools, ports: hasLane ? {} : (compose?.ports ?? {}) }),
  images: (_, environment) => composeImages(environment),
  // Its containers run on the engine itself.
  loadImages: async () => [],
};
