import { type Move, servedAtOf, summariseMove } from '../../domain/recovery/client-operations.js';
import type { ClientsMoved } from '../../domain/report/report.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface MeasureMoveInput extends Move {
  readonly drillId: string;
}

/** Both absent if the side they were moved to never served the client. */
export interface MeasuredMove {
  readonly moved?: ClientsMoved;
  /** ISO 8601: the end of the first operation that the side served. */
  readonly servedAt?: string;
}

/**
 * Tells from the client's journal what a move was like. Ask before the next move begins: a journal in which the clients have
 * left again tells of that one.
 *
 * @throws KnownFailure `CorruptedState`: the client's journal is damaged.
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
