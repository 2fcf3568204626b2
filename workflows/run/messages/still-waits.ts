import type { WaitingForPerson } from '../../../domain/report/report.js';
import type { RunRecord } from '../record.js';

/**
 * By the clock, too: while no worker ran, the wait may have ended and a message come after it. Both are then seen at once,
 * the message first, and silence until the end is no consent.
 */
export const stillWaits = ({ waitingFor }: RunRecord, what: WaitingForPerson['what']): boolean =>
  waitingFor?.what === what && Date.now() < Date.parse(waitingFor.expiresAt);
