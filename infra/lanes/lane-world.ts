/** What a lane's record says of its two sides: read without a lock, a tool or a server, however a drill was left. */
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../systems/files/json-file.js';
import { type SidesOfLane, sidesShape } from './made/record/lane-sides.js';
import type { StateFolder } from '../state/state-folder.js';

export type LaneWorld = Omit<SidesOfLane, 'lane'>;

/**
 * Undefined if there is no such lane in the state folder.
 *
 * @throws KnownFailure `CorruptedState`.
 */
export const readLaneWorld = ({ lanes }: Pick<StateFolder, 'lanes'>, lane: string): Promise<LaneWorld | undefined> =>
  readJsonFile(join(lanes, lane, 'lane.json'), (value) => z.object(sidesShape).parse(value));
