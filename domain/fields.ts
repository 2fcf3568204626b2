/** Reads JSON that other programs have written: nothing is taken for granted, and a missing member is no error. */

/** The value on a path of members; undefined if the path leads to none. */
export const valueAt = (object: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, member) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[member] : undefined,
    object,
  );

/** Empty text counts as none: the operator leaves some fields empty instead of leaving them out. */
export const textAt = (object: unknown, ...path: readonly string[]): string | undefined => {
  const value = valueAt(object, ...path);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export const numberAt = (object: unknown, ...path: readonly string[]): number | undefined => {
  const value = valueAt(object, ...path);
  return typeof value === 'number' ? value : undefined;
};

export const listAt = (object: unknown, ...path: readonly string[]): readonly unknown[] => {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value : [];
};

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object at the end of a path; empty where there is none. */
export const fieldsAt = (object: unknown, ...path: readonly string[]): Fields => {
  const value = valueAt(object, ...path);
  return isFields(value) ? value : {};
};

/** The objects of a list at the end of a path. */
export const objectsAt = (object: unknown, ...path: readonly string[]): readonly Fields[] =>
  listAt(object, ...path).filter(isFields);
