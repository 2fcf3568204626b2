/** Reads the part of protobuf's wire format (protobuf.dev/programming-guides/encoding) that snapshots need. */

/** Ten groups of seven bits hold 64. */
const MOST_VARINT_BYTES = 10;

export const wireType = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;

/** Bytes that are no protobuf. */
export class ProtobufError extends Error {}

export interface Varint {
  readonly value: number;
  /** The start of the next field. */
  readonly end: number;
}

/**
 * The varint at `at`; undefined if the bytes end within it.
 *
 * @throws ProtobufError if it is longer than any, or larger than what JavaScript counts exactly.
 */
export const readVarint = (bytes: Buffer, at: number): Varint | undefined => {
  let value = 0;
  let scale = 1;
  for (let end = at; end < bytes.length;) {
    const byte = bytes[end] ?? 0;
    end += 1;
    value += (byte & 0x7f) * scale;
    if (value > Number.MAX_SAFE_INTEGER) throw new ProtobufError('holds a number that is too large');
    if (byte < 0x80) return { value, end };
    if (end - at === MOST_VARINT_BYTES) throw new ProtobufError('holds a number that does not end');
    scale *= 128;
  }
  return undefined;
};

/**
 * A message's fields that have a length, by number; the last one counts, as the format has it. Others are passed over.
 *
 * @throws ProtobufError
 */
export const readFields = (message: Buffer): ReadonlyMap<number, Buffer> => {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at < message.length;) {
    const tag = whole(readVarint(message, at));
    const field = tag.value >>> 3;
    const body = bodyOf(message, tag.value & 7, tag.end);
    if (field === 0 || tag.value > 0xffffffff || body.end > message.length) {
      throw new ProtobufError('holds a field that cannot be');
    }
    if ((tag.value & 7) === wireType.length) fields.set(field, message.subarray(body.start, body.end));
    at = body.end;
  }
  return fields;
};

const bodyOf = (message: Buffer, type: number, at: number): { readonly start: number; readonly end: number } => {
  switch (type) {
    case wireType.varint:
      return { start: at, end: whole(readVarint(message, at)).end };
    case wireType.fixed64:
      return { start: at, end: at + 8 };
    case wireType.fixed32:
      return { start: at, end: at + 4 };
    case wireType.length: {
      const length = whole(readVarint(message, at));
      return { start: length.end, end: length.end + length.value };
    }
    default:
      throw new ProtobufError('holds a field of an unknown kind');
  }
};

const whole = (varint: Varint | undefined): Varint => {
  if (varint === undefined) throw new ProtobufError('ends within a number');
  return varint;
};
