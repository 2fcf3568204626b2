/**
 * Bounds what goes through Temporal: the server refuses a payload of more than 2 MiB, and a workflow task that wants to send
 * one is retried for ever. So no step may return more than its share, and nothing larger is ever sent.
 */
import { exactBytes } from '../units.js';

/** The most that one step may return, in bytes of JSON: the evidence and the report hold the results of several steps. */
export const largestResultBytes = 512 * 1024;

/** The most that is ever sent, in bytes of JSON. */
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

/** Type of the failure of a step whose input or result is larger than fits. A retry does not help. */
export const payloadTooLarge = 'PayloadTooLarge';

export const describeTooLarge = (step: string, bytes: number, limit: number): string =>
  `The step ${step} has ${exactBytes(bytes)} to hand on, and Temporal carries at most ${exactBytes(limit)}: report this with the size of the store.`;
