/** The compose lane: three OpenBao servers, four edges and an S3 server as containers, on networks that keep the sites apart. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Materials } from '../../../activities/ports/materials.js';
import type { Insight } from '../../../activities/ports/lane-facets.js';
import type { Topology } from '../../../domain/pair/topology.js';
import { composeParts } from '../../../domain/plan/kinds/compose.js';
import { writePrivateFile } from '../../../systems/files/private-file.js';
import type { Environment, ToolBox } from '../../../systems/tools/index.js';
import type { StateFolder } from '../../state/state-folder.js';
import { readTopologyFile } from '../made/record/topology-file.js';
import { lanePartOf } from '../made/shell/lane-part.js';
import { createLaneLocks } from '../made/shell/locks.js';
import { createMadeLane, type MadeLane } from '../made/shell/made-lane.js';
import { assertLanePossible, buildPart, type ComposeLaneBuilder } from './build-lane.js';
import { createComposeHost } from './compose-host.js';
import { observeIsolation } from './containers/isolation.js';
import { membershipIn } from './containers/member.js';
import { assertVolumesOf, type OpenedContainers, openContainers } from './containers/open-containers.js';
import { composeLanePaths } from './lane-paths.js';
import { openComposeRecord } from './lane-record.js';
import { assertEngine } from './machine/engine.js';
import { laneServices } from './names.js';
import { composeOptionsOf } from './options.js';

export interface ComposeLanePorts {
  readonly stateFolder: StateFolder;
  readonly materials: Materials;
  readonly tools: Pick<ToolBox, 'ensure'>;
  /** Where the engine is looked for, or the keeper. */
  readonly environment: Environment;
  /** Ports other lanes have, running or not. */
  readonly takenPorts: () => Promise<ReadonlySet<number>>;
  /** Asked under the lane's lock before each change. Default: the lane is held by other means. */
  readonly assertHeld?: (() => Promise<void>) | undefined;
  /** Default: those of the engine, or of the keeper. */
  readonly openContainers?: ComposeLaneBuilder['open'];
}

/** Building a lane takes seconds; pulling its images first may take minutes. */
const lockTimeoutMs = 25 * 60_000;
const keptLogLines = 5_000;
const quotedLogLines = 500;
const never = new AbortController().signal;

/** @throws KnownFailure `LaneElsewhere`: this program is a container of another lane. */
export const createComposeLane = (
  name: string,
  { stateFolder, materials, tools, environment, takenPorts, assertHeld, ...ports }: ComposeLanePorts,
): MadeLane => {
  const membership = membershipIn(environment, name);
  const paths = composeLanePaths(stateFolder, name, membership?.files);
  const recordFile = openComposeRecord(paths.folder);
  const opening = { lane: name, paths, recordFile, tools, environment, membership };
  const open: ComposeLaneBuilder['open'] =
    ports.openContainers ?? ((record, signal) => openContainers(opening, record, signal));
  const builder: ComposeLaneBuilder = {
    ...{ name, paths, recordFile, materials, takenPorts, open },
    member: membership !== undefined,
    assertEngine: (signal) => assertEngine({ tools, environment }, signal),
    assertOwnVolumes: (signal) => assertVolumesOf({ lane: name, paths, tools, environment }, signal),
  };
  const locks = createLaneLocks({ timeoutMs: lockTimeoutMs, assertHeld });
  const host = createComposeHost(builder);
  const opened = async (signal?: AbortSignal): Promise<OpenedContainers> => open(await recordFile.existing(), signal);

  return {
    ...createMadeLane({ name, kind: 'compose', paths, locks, recordFile, host }),
    assertPossible: async (options, signal) =>
      void (await assertLanePossible(builder, composeOptionsOf(options), signal)),
    parts: {
      make: async (part, request, progress, signal = never) => {
        const known = lanePartOf(name, composeParts, part);
        await locks.under([paths.lock], () => buildPart(builder, known, request, progress, signal), signal);
      },
    },
    insight: insightInto(opened),
  };
};

const insightInto = (opened: (signal?: AbortSignal) => Promise<OpenedContainers>): Insight => ({
  observeIsolation: async (signal) => observeIsolation(await opened(signal), signal),
  async saveLogs(folder, signal) {
    const { containers } = await opened(signal);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const saved = await Promise.all(
      laneServices.map(async (service) => {
        const text = await containers.logs(service, keptLogLines, signal).catch(() => undefined);
        if (text === undefined || text === '') return [];
        const file = join(folder, `${service}.log`);
        await writePrivateFile(file, text);
        return [file];
      }),
    );
    return saved.flat();
  },
  readLog: async (side, signal) => (await opened(signal)).containers.logs(side, quotedLogLines, signal),
});

/** What drills were told last; undefined when the lane is not here, or was not built to its end. */
export const composeLaneTopology = (stateFolder: StateFolder, lane: string): Promise<Topology | undefined> =>
  readTopologyFile(composeLanePaths(stateFolder, lane));

/** Ports that a lane of this state folder publishes, so that a new lane does not choose those of one that is down. */
export const composeLanePublishedPorts = async (stateFolder: StateFolder, lane: string): Promise<number[]> => {
  const record = await openComposeRecord(composeLanePaths(stateFolder, lane).folder).read();
  return record === undefined ? [] : Object.values(record.ports);
};
