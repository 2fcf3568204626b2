/** What every kind of lane remembers of its two sides, and what follows from it. */
import { z } from 'zod';
import { KnownFailure } from '../../../../domain/known-failure.js';
import type { ClientsMove } from '../../../../activities/ports/lane-facets.js';
import type { Progress } from '../../../../activities/ports/provisioning.js';
import { cutoverWays } from '../../../../domain/plan/resolved-plan.js';
import type { PairSide } from '../../../../domain/pair/topology.js';

/** What is known of a side to which something happened: when, ISO 8601, or how. */
const factOfSide = z.object({ source: z.string().optional(), target: z.string().optional() });

/** Members of a lane's record. */
export const sidesShape = {
  /** The drill that restored into the target: its data is no longer its own. */
  targetUsedBy: z.string().optional(),
  clientsAt: z.enum(['source', 'target']),
  /** The fencing counter of the last move of the clients that was begun. */
  lastMove: z.number().int().positive().optional(),
  /** That move: the run that began it, when, and how it moves them. */
  movedBy: z
    .object({
      drillId: z.string(),
      runId: z.string().optional(),
      at: z.string(),
      to: z.enum(['source', 'target']),
      cutover: z.object({
        way: z.enum(cutoverWays),
        command: z.string().optional(),
        timeoutSeconds: z.number().positive(),
      }),
    })
    .optional(),
  /** Sides whose edge refuses everything, since when. */
  fenced: factOfSide.optional(),
  /** Sides whose server was killed as in a disaster, and when. Their edge is shut, too. */
  lost: factOfSide.optional(),
  /** How the server of a side that was lost has ended, where that is not always the same. */
  lossOf: factOfSide.optional(),
};

type FactOfSide = z.infer<typeof factOfSide>;
export type RecordedMove = NonNullable<z.infer<typeof sidesShape.movedBy>>;

export interface SidesOfLane {
  readonly lane: string;
  targetUsedBy?: string | undefined;
  clientsAt: PairSide;
  lastMove?: number | undefined;
  movedBy?: RecordedMove | undefined;
  fenced?: FactOfSide | undefined;
  lost?: FactOfSide | undefined;
  lossOf?: FactOfSide | undefined;
}

export const pairSides = ['source', 'target'] as const satisfies readonly PairSide[];

/** Whether nobody may reach a side. */
export const isShut = ({ fenced, lost }: Pick<SidesOfLane, 'fenced' | 'lost'>, side: PairSide): boolean =>
  fenced?.[side] !== undefined || lost?.[side] !== undefined;

/** @throws KnownFailure `LaneBusy`: a drill has lost or fenced a side, which building the lane would bring back. */
export const assertNoneShut = (sides: SidesOfLane): void => {
  const shut = pairSides.filter((side) => isShut(sides, side));
  if (shut.length === 0) return;
  throw new KnownFailure(
    'LaneBusy',
    `A drill has lane ${sides.lane} and has lost or fenced its ${shut.join(' and ')}, which building the lane would bring back: ` +
      `wait for the drill or cancel it; if it has ended, give clients back and keep the data with "openbao-dr undo ${sides.lane}", ` +
      `or take the lane down with "openbao-dr down ${sides.lane}"`,
  );
};

/** @throws KnownFailure `TargetServesClients`: a drill is about to restore into the target, and clients use it. */
export const assertTargetMayBeReplaced = ({ lane, clientsAt }: SidesOfLane): void => {
  if (clientsAt !== 'target') return;
  throw new KnownFailure(
    'TargetServesClients',
    `Lane ${lane}'s clients are on the target: restoring into it would replace what they use. ` +
      `Send them back to the source first, with "openbao-dr undo ${lane}" if no drill does it`,
  );
};

/** @throws KnownFailure `TargetServesClients`: a target that was restored into is to be built anew, and clients use it. */
export const assertTargetMayGo = ({ lane, clientsAt, targetUsedBy }: SidesOfLane): void => {
  if (clientsAt !== 'target') return;
  throw new KnownFailure(
    'TargetServesClients',
    `Lane ${lane}'s clients are on the target since drill ${targetUsedBy ?? 'unknown'}: a new drill would wipe what they use. ` +
      `Send them back to the source with "openbao-dr undo ${lane}", or take the lane down with "openbao-dr down ${lane}"`,
  );
};

/** @throws KnownFailure `TargetServesClients`: a drill is about to remove the pair, and clients use its target. */
export const assertPairMayGo = ({ lane, clientsAt }: SidesOfLane): void => {
  if (clientsAt !== 'target') return;
  throw new KnownFailure(
    'TargetServesClients',
    `Lane ${lane}'s clients may be on the target: removing the pair would take what they use. Send them back to the source with ` +
      `"openbao-dr undo ${lane}", or take the lane down all the same with "openbao-dr down ${lane}"`,
  );
};

/**
 * A drill that died may have left a side lost or fenced: both are to serve again. Only a source whose clients went to the
 * target stays fenced: it would serve older data under the names they know. Changes the record that it is given.
 */
export const reopenSides = (sides: SidesOfLane, progress: Progress): void => {
  for (const side of pairSides) {
    const lostAt = sides.lost?.[side];
    const fencedAt = sides.fenced?.[side];
    const stays = side === 'source' && sides.clientsAt === 'target';
    if (lostAt !== undefined) progress(`${side}: lost by a drill at ${lostAt}, brought back`);
    if (fencedAt !== undefined) {
      progress(
        `${side}: fenced by a drill at ${fencedAt}, ${stays ? 'stays so while clients are on the target' : 'fence lifted'}`,
      );
    }
    delete sides.lost?.[side];
    if (!stays) delete sides.fenced?.[side];
  }
};

/**
 * Begins a move of the clients: changes the record that it is given. By the clock, so that the counter grows also when a lane is
 * made anew under a name that whoever checks it knows already.
 */
export const beginMove = (sides: SidesOfLane, { cutover, ...move }: ClientsMove, now: number = Date.now()): number => {
  sides.movedBy = { ...move, at: new Date(now).toISOString(), cutover: { ...cutover } };
  return (sides.lastMove = Math.max((sides.lastMove ?? 0) + 1, now));
};

/** `LaneDiffers`, or nothing if there are no differences. Each is a clause like `port of infra is 1, not 2`. */
export const assertNoDifferences = (lane: string, differences: readonly string[]): void => {
  if (differences.length === 0) return;
  throw new KnownFailure(
    'LaneDiffers',
    `Lane ${lane} is there already and differs from the plan (${differences.join('; ')}): ` +
      `take it down with "openbao-dr down ${lane}", or name another lane`,
  );
};
