/**
 * What goes through Temporal is bounded: a payload of more than 2 MiB is refused by the server, and a workflow task that wants
 * to send one is tried again for ever. So no step may answer more than its share, and nothing larger is ever sent.
 */
import { exactBytes } from '../units.js';

/** The most that one step may answer, in bytes of JSON: the evidence and the report hold the answers of several. */
export const largestResultBytes = 512 * 1024;

/** The most that is sent at all. */
export const largestPayloadBytes = 1_900_000;

/** Bytes of its JSON in UTF-8, counted without making them. */
export const jsonBytes = (value: unknown): number => {
  const text = JSON.stringify(value) as string | undefined;
  let bytes = 0;
  for (const character of text ?? '') {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
};

/** Type of the failure of a step that found, or was to be sent, more than fits. A retry does not help. */
export const payloadTooLarge = 'PayloadTooLarge';

export const describeTooLarge = (step: string, bytes: number, limit: number): string =>
  `The step ${step} has ${exactBytes(bytes)} to hand on, and Temporal carries at most ${exactBytes(limit)}: report this with the size of the store.`;
