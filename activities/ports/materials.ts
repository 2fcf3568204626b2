import type { MaterialRef } from '../../domain/pair/topology.js';
import type { References } from './references.js';

/** What lanes that this program made keep: it resolves their references alone, and can write them. */
export interface Materials extends References {
  write(ref: MaterialRef, value: string): Promise<void>;
}
