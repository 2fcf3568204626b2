import { homedir } from 'node:os';
import { commandPath, fencingCounter } from '../../domain/contract/cutover-command.js';
import type { PairSide, Topology } from '../../domain/pair/topology.js';

export interface CommandEnvironmentInput {
  readonly topology: Topology;
  readonly drillId: string;
  readonly to: PairSide;
  /** Larger than that of every move before. */
  readonly counter: number;
}

/**
 * All that an operator's cutover program is told: what to do, from which site to which. No secret, and nothing of the
 * worker's own environment. The names are part of the public contract.
 */
export const commandEnvironment = ({
  topology,
  drillId,
  to,
  counter,
}: CommandEnvironmentInput): Readonly<Record<string, string>> => {
  const from = topology[to === 'target' ? 'source' : 'target'];
  return {
    PATH: commandPath,
    HOME: homedir(),
    LANG: 'C.UTF-8',
    OPENBAO_DR_ACTION: to === 'target' ? 'cutover' : 'revert',
    OPENBAO_DR_DRILL_ID: drillId,
    [fencingCounter]: String(counter),
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
