/**
 * Warnings of a run: facts that people have to know, or act on, before they rely on the pair, although no check failed. Names
 * are part of the public contract: add, never rename.
 */
export const warningNames = [
  'namespaces-with-own-seal',
  'namespaces-left-sealed',
  'external-plugins',
  'dynamic-leases',
  'audit-devices-not-compared',
  'namespaces-not-seen',
  'mounts-not-seen',
  'rate-limit-quotas',
  'rate-limit-quotas-not-seen',
  'snapshot-from-standby',
] as const;

export type WarningName = (typeof warningNames)[number];

/** One thing to know, and what to do about it. Holds no secret. */
export interface Warning {
  readonly name: WarningName;
  /** Full sentences: the observation, then the advice. */
  readonly sentence: string;
}

/** Keeps one warning of each name: a later one replaces an earlier one, in the order of first occurrence. */
export const addWarnings = (known: readonly Warning[], found: readonly Warning[]): readonly Warning[] => [
  ...new Map([...known, ...found].map((warning) => [warning.name, warning])).values(),
];

/**
 * For the first line of a result, which must not read as if all were well: `every check passed … (mind 2 warnings: external
 * plugins; dynamic leases)`.
 */
export const withWarnings = (reason: string, warnings: readonly Warning[]): string => {
  if (warnings.length === 0) return reason;
  const names = warnings.map(({ name }) => name.replaceAll('-', ' ')).join('; ');
  return `${reason} (mind ${warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`}: ${names})`;
};
