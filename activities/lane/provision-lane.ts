import { cancellationSignal, Context } from '@temporalio/activity';
import type { ProvisionedLane } from '../ports/provisioning.js';
import type { LaneOptions } from '../../domain/plan/plan.js';
import { thisRun } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { partsOf } from './abilities.js';

export interface ProvisionLaneInput {
  readonly lane: string;
  readonly drillId: string;
  readonly options: LaneOptions;
}

/**
 * Builds the lane, or adopts its running parts, with a target that has never held the source's data. Safe to repeat: finished
 * parts are kept.
 */
export const createProvisionLane = (ports: Pick<ActivityPorts, 'lanes'>) =>
  async function provisionLane({ lane, drillId, options }: ProvisionLaneInput): Promise<ProvisionedLane> {
    const held = await ports.lanes.held(lane, thisRun(drillId));
    const { log } = Context.current();
    return held.provision(
      { owner: drillId, options, freshTarget: true },
      (message) => void log.info(message),
      cancellationSignal(),
    );
  };

export interface ProvisionPartInput extends ProvisionLaneInput {
  /** Its name, in the version of the program that began the drill. */
  readonly part: string;
}

/**
 * Makes one part of the lane, or adopts it. Safe to repeat.
 *
 * @throws KnownFailure `UnknownLanePart`: this version knows no such part.
 */
export const createProvisionPart = (ports: Pick<ActivityPorts, 'lanes'>) =>
  async function provisionPart({ lane, drillId, options, part }: ProvisionPartInput): Promise<void> {
    const held = await ports.lanes.held(lane, thisRun(drillId));
    const { log } = Context.current();
    const request = { owner: drillId, options, freshTarget: true };
    await partsOf(held).make(part, request, (message) => void log.info(message), cancellationSignal());
  };
