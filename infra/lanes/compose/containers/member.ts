/**
 * Whether this program is itself a container of the lane. If so, the lane is around it: it reaches the others by their
 * names on the networks, finds their files in their volumes, and asks the keeper to start and stop them.
 */
import { KnownFailure } from '../../../../domain/known-failure.js';
import type { Environment } from '../../../../systems/tools/index.js';

export interface Membership {
  /** Folder of the services' volumes. */
  readonly files: string;
  /** Address of the keeper. */
  readonly keeper: string;
}

/** The one lane that a member can be of. */
const memberLane = 'compose';

/**
 * Answers undefined where the program runs beside the lane, on the machine that publishes its ports.
 *
 * @throws KnownFailure `LaneElsewhere`: a member is asked for a lane that it is not in.
 */
export const membershipIn = (environment: Environment, lane: string): Membership | undefined => {
  const { OPENBAO_DR_COMPOSE_FILES: files, OPENBAO_DR_COMPOSE_KEEPER: keeper } = environment;
  if (files === undefined || files === '' || keeper === undefined || keeper === '') return undefined;
  if (lane === memberLane) return { files, keeper };
  throw new KnownFailure(
    'LaneElsewhere',
    `This program is a container of lane ${memberLane} and can reach no other: drill ${lane} from the machine that the containers run on`,
  );
};
