/** A local lane: processes on this machine, up in seconds, so one step makes them all. */
import type { z } from 'zod';
import type { Immutable } from '../immutable.js';
import type { PlanFields } from '../plan-fields.js';

const options = ({ z, ports, sealKey }: PlanFields) =>
  z.strictObject({
    /** Fixed ports on 127.0.0.1; a port that is left out gets a free one. */
    ports,
    /** Transit key that seals the target. Another key than the source's rehearses a pair that cannot recover. */
    targetSealKey: sealKey,
  });

export const local = { stages: [], options, section: options } as const;

export type LocalLaneOptions = Immutable<z.output<ReturnType<typeof options>>>;
export type LocalPorts = LocalLaneOptions['ports'];
