import { type Move, servedAtOf, summariseMove } from '../../domain/recovery/client-operations.js';
import type { ClientsMoved } from '../../domain/report/report.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface MeasureMoveInput extends Move {
  readonly drillId: string;
}

/** Both absent if the side that clients were moved to never served the canary. */
export interface MeasuredMove {
  readonly moved?: ClientsMoved;
  /** ISO 8601: the end of the first operation that the side served. */
  readonly servedAt?: string;
}

/**
 * Summarizes a move from the canary's journal. Run it before the next move begins, which the journal would include.
 *
 * @throws KnownFailure `CorruptedState`: the canary's journal is damaged.
 */
export const createMeasureMove = ({ clientJournal }: Pick<ActivityPorts, 'clientJournal'>) =>
  async function measureMove({ drillId, ...move }: MeasureMoveInput): Promise<MeasuredMove> {
    const operations = await clientJournal.read(drillId);
    const moved = summariseMove(operations, move);
    const servedAt = servedAtOf(operations, move);
    return {
      ...(moved === undefined ? {} : { moved }),
      ...(servedAt === undefined ? {} : { servedAt }),
    };
  };
