import { homedir } from 'node:os';
import type { PairSide, Topology } from '../../domain/topology.js';

export interface CommandEnvironmentInput {
  readonly topology: Topology;
  readonly drillId: string;
  readonly to: PairSide;
}

/** Fixed, so that a program does the same on every worker; one that needs more sets it itself. */
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * All that an operator's cutover program is told: what to do, from which site to which. No secret, and nothing of the
 * worker's own environment. The names are part of the public contract.
 */
export const commandEnvironment = ({
  topology,
  drillId,
  to,
}: CommandEnvironmentInput): Readonly<Record<string, string>> => {
  const from = topology[to === 'target' ? 'source' : 'target'];
  return {
    PATH: path,
    HOME: homedir(),
    LANG: 'C.UTF-8',
    OPENBAO_DR_ACTION: to === 'target' ? 'cutover' : 'revert',
    OPENBAO_DR_DRILL_ID: drillId,
    OPENBAO_DR_LANE: topology.lane,
    OPENBAO_DR_CLIENTS_HOST: topology.clients.serverName,
    OPENBAO_DR_TO: to,
    OPENBAO_DR_TO_ADDRESS: topology[to].address,
    OPENBAO_DR_TO_HOST: topology[to].serverName,
    OPENBAO_DR_FROM: from.site,
    OPENBAO_DR_FROM_ADDRESS: from.address,
    OPENBAO_DR_FROM_HOST: from.serverName,
  };
};
