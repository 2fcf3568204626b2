/**
 * Compares the audit devices of a pair: a restored store brings the source's table of them, and the target must be able to use
 * it.
 */

export interface AuditDevice {
  readonly type: string;
  readonly local: boolean;
  readonly options: Readonly<Record<string, string>>;
}

/** By path, like `file/`. */
export type AuditDevices = Readonly<Record<string, AuditDevice>>;

/** Reads the answer of `sys/audit`. */
export const readAuditDevices = (data: unknown): AuditDevices => {
  const entries = Object.entries((data ?? {}) as Readonly<Record<string, unknown>>).flatMap(([path, found]) => {
    const { type, local, options } = (found ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof type !== 'string') return [];
    const pairs = Object.entries((options ?? {}) as Readonly<Record<string, unknown>>).map(
      ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    );
    return [[path, { type, local: local === true, options: Object.fromEntries(pairs) }] as const];
  });
  return Object.fromEntries(entries);
};

/** Options whose values may be shown: the options of an `http` device can hold headers with credentials. */
const shownOptions = ['file_path', 'mode', 'format', 'prefix', 'facility', 'tag', 'address', 'socket_type'];

export interface ComparedAuditDevices {
  readonly passed: boolean;
  /** The observation and, if the check failed, the way to mend it. */
  readonly observed: string;
}

/**
 * Whether a target with these devices can use the source's table. OpenBao refuses to change a device: a restored node whose
 * device has the same path and other options never becomes active; a device that the target's configuration lacks is disabled
 * there; a device that only the target has is added to the restored store.
 */
export const compareAuditDevices = (source: AuditDevices, target: AuditDevices): ComparedAuditDevices => {
  const paths = [...new Set([...Object.keys(source), ...Object.keys(target)])].sort();
  const found = paths.flatMap((path) => {
    const [here, there] = [source[path], target[path]];
    if (here === undefined) return [`${path} only on the target, which would change the restored store`];
    if (there === undefined) return [`${path} only on the source, so the target would run without it`];
    const differences = differencesOf(here, there);
    return differences.length === 0
      ? []
      : [`${path} differs (${differences.join(', ')}), so the restored target would never become active`];
  });
  if (found.length === 0) {
    return { passed: true, observed: paths.length === 0 ? 'none on either side' : `the same: ${paths.join(', ')}` };
  }
  return { passed: false, observed: `${found.join('; ')}: give both sites the same audit stanzas` };
};

const differencesOf = (here: AuditDevice, there: AuditDevice): readonly string[] => [
  ...(here.type === there.type ? [] : [`type ${here.type} and ${there.type}`]),
  ...(here.local === there.local ? [] : ['local']),
  ...[...new Set([...Object.keys(here.options), ...Object.keys(there.options)])]
    .sort()
    .filter((name) => here.options[name] !== there.options[name])
    .map((name) =>
      shownOptions.includes(name)
        ? `${name} ${here.options[name] ?? 'unset'} and ${there.options[name] ?? 'unset'}`
        : name,
    ),
];
