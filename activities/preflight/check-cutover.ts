import type { Check } from '../../domain/run/checks.js';
import { describeSeconds } from '../../domain/units.js';
import type { DrillPlan } from '../../domain/plan/plan.js';
import type { Topology } from '../../domain/pair/topology.js';
import { type Observation, observeCheck } from '../observing/observe-check.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface CheckCutoverInput {
  readonly topology: Topology;
  readonly drillId: string;
  readonly plan: Pick<DrillPlan, 'cutover' | 'approval' | 'revert'>;
  /** `fence`: right before the source is fenced, when only the target has to serve. Otherwise only the source has to. */
  readonly before: 'anything' | 'fence';
}

/**
 * Checks the needs of a cutover and its way back, so that no need first fails after the fence: the plan's way (the program, its
 * rights, and that this worker may run it), and that the right side serves a client now. Changes nothing.
 */
export const createCheckCutover = ({ sites, cutoverCommands }: Pick<ActivityPorts, 'sites' | 'cutoverCommands'>) => {
  const observeWay = async ({ drillId, plan: { cutover, approval, revert } }: CheckCutoverInput): Promise<string> => {
    const { way, command = '', timeoutSeconds } = cutover;
    if (way === 'edge') return "the lane's own edge is turned";
    if (way === 'manual') {
      const asked = approval.approvers.length === 0 ? 'a person' : approval.approvers.join(' or ');
      return `${asked} has ${describeSeconds(timeoutSeconds)}${revert ? ' each way' : ''} to move them and to say so by name (cutover-done)`;
    }
    const file = await cutoverCommands.resolve(command);
    await cutoverCommands.logFile(drillId);
    return `${file} is there, executable, and others cannot change it`;
  };

  const observeClients = async ({ topology, before }: CheckCutoverInput): Promise<Observation> => {
    if (before === 'fence') {
      const { status } = await (await sites.at(topology.target)).health();
      return { passed: status === 200, observed: `the target answers with health ${status}` };
    }
    const [behindTheName, atTheSource] = await Promise.all([
      sites.at(topology.clients).then((openbao) => openbao.health()),
      sites.at(topology.source).then((openbao) => openbao.health()),
    ]);
    const passed = behindTheName.certificateSha256 === atTheSource.certificateSha256;
    return { passed, observed: `${topology.clients.serverName} leads to ${passed ? 'the source' : 'another server'}` };
  };

  return async function checkCutover(input: CheckCutoverInput): Promise<Check> {
    const expected =
      input.before === 'fence'
        ? 'the way to move clients is there, and the target serves'
        : "the way to move clients is there, and the clients' name leads to the source";
    return observeCheck('cutover-possible', expected, async () => {
      const way = await observeWay(input);
      const { passed, observed } = await observeClients(input);
      return { passed, observed: `${way}; ${observed}` };
    });
  };
};
