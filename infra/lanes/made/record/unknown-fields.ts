/** Fields of a record that this version does not know: a newer one wrote them, and an older one must not lose them. */

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Notes, for each object of a record, what its file says of it besides. An object that a change replaces is a new one, and has
 * nothing besides.
 *
 * @param record as it was understood, before it is changed.
 * @param written as it stands in its file.
 * @returns writes a changed record with everything that was noted.
 */
export const noteUnknownFields = (record: unknown, written: unknown): ((changed: unknown) => unknown) => {
  const besides = new Map<Fields, Fields>();
  const note = (known: unknown, all: unknown): void => {
    if (!isFields(known) || !isFields(all)) return;
    const unknown = Object.entries(all).filter(([name]) => !Object.hasOwn(known, name));
    if (unknown.length > 0) besides.set(known, Object.fromEntries(unknown));
    for (const [name, value] of Object.entries(known)) note(value, all[name]);
  };
  note(record, written);
  const complete = (value: unknown): unknown => {
    if (!isFields(value)) return value;
    const fields = Object.entries(value).map(([name, field]) => [name, complete(field)] as const);
    return { ...besides.get(value), ...Object.fromEntries(fields) };
  };
  return complete;
};
