import {
  type ConverterHint,
  defaultPayloadConverter,
  type Payload,
  type PayloadConverter,
  type SerializationContext,
} from '@temporalio/common';
import { largestInputBytes, tooLarge, Unreadable } from '../../../domain/approval/messages/unreadable.js';

/**
 * Reads foreign payloads. The SDK's own converter throws on a payload that it cannot decode, and a throw while a signal or the
 * input is decoded fails the workflow task again and again: one `binary/encrypted` signal would stop the drill for ever. So an
 * undecodable payload of the workflow itself (its input, signals, updates, queries, memo) becomes an {@link Unreadable}, which
 * its judge refuses. The results of activities are this program's own, and decoded strictly.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  fromPayload: <T>(payload: Payload, context?: SerializationContext, hint?: ConverterHint<T>): T =>
    context?.type === 'workflow'
      ? (readMessage(payload) as T)
      : defaultPayloadConverter.fromPayload<T>(payload, context, hint),
};

/** Never throws. */
export const readMessage = (payload: Payload): unknown => {
  // The input goes on to the activity that checks it, and one that is too large for that would fail the task, too.
  if ((payload.data?.length ?? 0) > largestInputBytes) return tooLarge();
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return new Unreadable('cannot be decoded: send plain JSON');
  }
};
