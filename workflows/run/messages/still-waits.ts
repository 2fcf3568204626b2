import type { WaitingForPerson } from '../../../domain/report/report.js';
import type { RunRecord } from '../record.js';

/**
 * Also asks the clock: while no worker ran, the wait may have ended before a message came. The workflow then sees both at once,
 * the message first, and silence until the end is no consent.
 */
export const stillWaits = ({ waitingFor }: RunRecord, what: WaitingForPerson['what']): boolean =>
  waitingFor?.what === what && Date.now() < Date.parse(waitingFor.expiresAt);
