import type { Lane } from '../../../activities/ports/lane.js';

/** A lane that this program makes: it may end and start its servers, and remove all of it. */
export type MadeLane = Lane & Required<Pick<Lane, 'servers' | 'disposal'>>;
