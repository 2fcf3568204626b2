/**
 * Judges mounts and the plugins that serve them. A node whose plugin directory lacks a mount's program still becomes active and
 * skips the mount: it answers every request as if the mount did not exist.
 */
import { countOf } from '../../units.js';

export interface Mount {
  /** The path as people write it: `secret/`, `auth/userpass/`, after the path of its namespace. */
  readonly path: string;
  readonly type: string;
  readonly version: string;
  /** Digest of the program that serves the mount, hex; empty for a built-in mount, and for a dead one. */
  readonly sha256: string;
}

/**
 * Reads the answer of `sys/mounts` or `sys/auth`.
 *
 * @param prefix before a mount's path: a namespace, or `auth/`.
 */
export const readMounts = (data: unknown, prefix = ''): readonly Mount[] =>
  Object.entries((data ?? {}) as Readonly<Record<string, unknown>>).flatMap(([path, found]) => {
    const mount = (found ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof mount['type'] !== 'string' || typeof mount['running_plugin_version'] !== 'string') return [];
    const { type, running_plugin_version: version, running_sha256: sha256 } = mount as Readonly<Record<string, string>>;
    return [{ path: `${prefix}${path}`, type: type ?? '', version: version ?? '', sha256: sha256 ?? '' }];
  });

/** The mounts that an external plugin serves. */
export const externalMounts = (mounts: readonly Mount[]): readonly Mount[] =>
  mounts.filter(({ sha256 }) => sha256 !== '');

export interface JudgedMounts {
  readonly passed: boolean;
  readonly observed: string;
}

const mostNamed = 10;

/**
 * Whether every mount of the restored target is served, by the program that serves it on the source.
 *
 * @param external the source's {@link externalMounts}; undefined if they could not be read.
 * @param unseenNamespaces the number of namespaces whose mounts could not be read: they are sealed, or closed to this identity.
 */
export const judgeMounts = (
  target: readonly Mount[],
  external: readonly Mount[] | undefined,
  unseenNamespaces = 0,
): JudgedMounts => {
  const known = new Map(external?.map((mount) => [mount.path, mount]));
  const unseen =
    unseenNamespaces === 0 ? '' : `; the mounts of ${countOf(unseenNamespaces, 'namespace')} were not seen`;
  const problems = target.flatMap((mount): readonly string[] => {
    const { path, type, version, sha256 } = mount;
    const source = known.get(path);
    if (version === '' && sha256 === '') return [`${path} (${type}) is dead: nothing serves it`];
    if (source === undefined || sha256 === source.sha256) return [];
    return [
      `${path} (${type}) runs another program: ${version}, ${short(sha256)}; the source ${source.version}, ${short(source.sha256)}`,
    ];
  });
  if (problems.length === 0) {
    const programs = externalMounts(target).length;
    return {
      passed: true,
      observed: `${countOf(target.length, 'mount')} served${programs === 0 ? '' : `, ${programs} of them by external plugins`}${unseen}`,
    };
  }
  const more = problems.length > mostNamed ? `; and ${problems.length - mostNamed} more` : '';
  return {
    passed: false,
    observed:
      `${problems.slice(0, mostNamed).join('; ')}${more}: put the same plugins into the target's plugin directory, ` +
      'with the version and SHA-256 that the catalog names, and restart it',
  };
};

const short = (sha256: string): string => (sha256 === '' ? 'none' : `SHA-256 ${sha256.slice(0, 12)}…`);
