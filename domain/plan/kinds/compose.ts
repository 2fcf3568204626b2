/** A compose lane: the processes of a local lane as containers, which one call of Compose starts. */
import type { z } from 'zod';
import type { Immutable } from '../immutable.js';
import type { PlanFields } from '../plan-fields.js';

const options = ({ z, ports, sealKey }: PlanFields) =>
  z.strictObject({
    /** Ports published on 127.0.0.1; a port that is left out gets a free one. */
    ports,
    /** Transit key that seals the target. Another key than the source's rehearses a pair that cannot recover. */
    targetSealKey: sealKey,
  });

/** Parts that no step of a drill makes: the starter of the containers has them made in between, in this order. */
export const composeParts = ['materials', 'transit', 'pair'] as const;
export type ComposePart = (typeof composeParts)[number];

export const compose = { stages: [], options, section: options } as const;

export type ComposeLaneOptions = Immutable<z.output<ReturnType<typeof options>>>;
