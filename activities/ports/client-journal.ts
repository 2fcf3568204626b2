import type { ClientOperation } from '../../domain/recovery/client-operations.js';

/** What the drill's own client met; kept beside the report. */
export interface ClientJournal {
  append(drillId: string, operations: readonly ClientOperation[]): Promise<void>;
  /**
   * In the order in which they were written down; none if there is no journal.
   *
   * @throws KnownFailure `CorruptedState`.
   */
  read(drillId: string): Promise<readonly ClientOperation[]>;
}
