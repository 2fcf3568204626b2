/** `openbao-dr up`: builds a lane, or repairs its dead parts, and prints where everything is. */
import type { AdoptablePart } from '../../../domain/plan/plan.js';
import type { Topology } from '../../../domain/pair/topology.js';
import { readReservation } from '../../../infra/state/lane-reservations.js';
import { materialsFolder } from '../../../infra/state/materials.js';
import {
  type Context,
  type ExitCode,
  type GlobalOptions,
  progressTo,
  writeJson,
  writeLine,
} from '../../cli/context.js';
import { requestPlan } from '../../cli/plan-file.js';
import { columns } from '../../views/text.js';
import { openWorkspace } from '../../cli/workspace.js';

interface UpOptions extends GlobalOptions {
  readonly plan?: string;
  readonly adopt?: readonly AdoptablePart[];
  readonly hostAddress?: string;
  readonly json?: boolean;
}

export const runUp = async (
  context: Context,
  lane: string | undefined,
  { plan: file, adopt, hostAddress, json = false, ...options }: UpOptions,
): Promise<ExitCode> => {
  const { plan } = await requestPlan({ lane, file, overrides: { adopt, hostAddress } });
  const tell = progressTo(context, options);
  const { lanes, stateFolder } = await openWorkspace(context, options, tell, { builds: true });
  const inUse = (await readReservation(stateFolder, plan.lane)) !== undefined;
  const { topology } = await lanes
    .open(plan.lane)
    .provision({ owner: 'up', options: plan, freshTarget: false, inUse }, tell, context.interruption.first);
  if (json) writeJson(context.stdout, topology);
  else writeLine(context.stdout, renderTopology(topology, materialsFolder(stateFolder, plan.lane)));
  return 0;
};

const renderTopology = ({ lane, infra, source, target, clients, bucket }: Topology, materials: string): string =>
  [
    `Lane ${lane} is up:`,
    columns([
      ['infra', infra.address, infra.serverName],
      ['source', source.address, source.serverName],
      ['target', target.address, target.serverName],
      ['clients', clients.address, clients.serverName],
      ['bucket', bucket.source.endpoint, bucket.source.name],
      ['secrets', materials, ''],
    ]),
    `Drill with \`openbao-dr drill ${lane}\`, take it down with \`openbao-dr down ${lane}\`.`,
  ].join('\n');
