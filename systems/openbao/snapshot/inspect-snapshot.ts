/** Describes a snapshot without any key: its origin, its content, and the leases that it would bring along. */
import type { Readable } from 'node:stream';
import { type SnapshotInspection, storeGroup, type StoreGroup } from '../../../domain/snapshot/inspection.js';
import { parseJson } from '../api/json-api.js';
import { openSnapshot, type SnapshotSummary } from './open-snapshot.js';

export interface InspectedSnapshot {
  readonly summary: SnapshotSummary;
  readonly inspection: SnapshotInspection;
  /** All groups, of which an inspection lists the largest; sorted by name. */
  readonly groups: readonly StoreGroup[];
}

const LEASE = /^(?:namespaces\/[^/]+\/)?sys\/expire\/id\/(.+)$/s;
const OWN_SEAL = /^namespaces\/([^/]+)\/core\/seal-config$/;
const PLUGIN = /^(?:namespaces\/[^/]+\/)?core\/plugin-catalog\/(.+)$/s;
const VERSION = /^core\/versions\/([^/]+)$/;
const mostLeasePaths = 50;
const mostNamed = 50;
/** The newest. */
const mostVersions = 100;
/** The number of groups that a comparison lists. */
const mostGroups = 1000;
/** The longest name, in characters. */
const longestShown = 200;
/** Names that are kept for counting: far more than any store has, and flat memory for what is none. */
const mostNames = 100_000;
const mostNameCharacters = 8 * 1024 * 1024;
const others = '(others)';

/**
 * Reads the archive to its end.
 *
 * @throws as `openSnapshot`'s entries do.
 */
export const inspectSnapshot = async (archive: Readable): Promise<InspectedSnapshot> => {
  const groups = createTally();
  const leases = createTally();
  const versions = createTally();
  const ownSeals = createTally();
  const plugins = createTally();
  const login = { count: 0 };
  let sealType: string | undefined;
  const { entries, summary } = openSnapshot(archive, { digests: false });
  for await (const batch of entries) {
    for (const { key, valueBytes, plain } of batch) {
      const name = key.toString();
      groups.add(storeGroup(name), key.length + valueBytes);
      const lease = LEASE.exec(name)?.[1];
      if (lease !== undefined) {
        leases.add(issuerOf(lease));
        if (lease.startsWith('auth/')) login.count += 1;
      }
      const version = VERSION.exec(name)?.[1];
      if (version !== undefined) versions.add(version);
      const ownSeal = OWN_SEAL.exec(name)?.[1];
      if (ownSeal !== undefined) ownSeals.add(ownSeal);
      const plugin = PLUGIN.exec(name)?.[1];
      if (plugin !== undefined) plugins.add(plugin);
      if (plain !== undefined) sealType = sealTypeIn(plain);
    }
  }
  const whole = await summary;
  const total = leases.count();
  return {
    summary: whole,
    groups: groups
      .list()
      .map(({ name, count, sizeBytes }) => ({ name, entries: count, sizeBytes }))
      .sort((a, b) => compare(a.name, b.name)),
    inspection: {
      index: whole.index,
      term: whole.term,
      peers: whole.peers,
      openbaoVersions: versions
        .list()
        .map(({ name }) => shorten(name))
        .sort(compareVersions)
        .slice(-mostVersions),
      seal: {
        ...(sealType !== undefined && { type: sealType }),
        ...(whole.sealed.keyVersion !== undefined && { keyVersion: whole.sealed.keyVersion }),
      },
      entries: groups.count(),
      stateBytes: whole.stateBytes,
      ...largestGroups(groups.list()),
      leases: {
        total,
        login: login.count,
        dynamic: total - login.count,
        paths: leases
          .list()
          .map(({ name, count }) => ({ path: shorten(name), count }))
          .sort((a, b) => b.count - a.count || compare(a.path, b.path))
          .slice(0, mostLeasePaths),
      },
      ...(ownSeals.count() > 0 && { ownSeals: { namespaces: ownSeals.count(), ids: namesIn(ownSeals) } }),
      ...(plugins.count() > 0 && { plugins: { total: plugins.count(), names: namesIn(plugins) } }),
    },
  };
};

/**
 * An inspection goes through Temporal, beside the rest of a report, where 2 MiB end a drill: a store of many mounts has the
 * largest of its parts listed, and the others counted together.
 */
const largestGroups = (counted: readonly Counted[]): Pick<SnapshotInspection, 'groups' | 'otherGroups'> => {
  const sorted = [...counted].sort((a, b) => b.sizeBytes - a.sizeBytes || compare(a.name, b.name));
  const listed = sorted.slice(0, mostGroups);
  const rest = sorted.slice(mostGroups);
  return {
    groups: listed
      .map(({ name, count, sizeBytes }) => ({ name: shorten(name), entries: count, sizeBytes }))
      .sort((a, b) => compare(a.name, b.name)),
    ...(rest.length > 0 && {
      otherGroups: {
        groups: rest.length,
        entries: rest.reduce((sum, { count }) => sum + count, 0),
        sizeBytes: rest.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      },
    }),
  };
};

const shorten = (name: string): string => (name.length <= longestShown ? name : `${name.slice(0, longestShown - 1)}…`);

interface Counted {
  readonly name: string;
  readonly count: number;
  readonly sizeBytes: number;
}

interface Tally {
  add(name: string, sizeBytes?: number): void;
  /** The totals of everything that was added. */
  count(): number;
  list(): Counted[];
}

/** Counts by name. Names come from the archive: once there are too many of them, new ones are counted together. */
const createTally = (): Tally => {
  const counted = new Map<string, { count: number; sizeBytes: number }>();
  let characters = 0;
  let total = 0;
  const entryOf = (name: string): { count: number; sizeBytes: number } => {
    const known = counted.get(name);
    if (known !== undefined) return known;
    const tooMany = counted.size >= mostNames || characters + name.length > mostNameCharacters;
    if (name !== others && tooMany) return entryOf(others);
    const entry = { count: 0, sizeBytes: 0 };
    characters += name.length;
    counted.set(name, entry);
    return entry;
  };
  return {
    add(name, sizeBytes = 0) {
      const entry = entryOf(name);
      entry.count += 1;
      entry.sizeBytes += sizeBytes;
      total += 1;
    },
    count: () => total,
    list: () => [...counted].map(([name, entry]) => ({ name, ...entry })),
  };
};

const namesIn = (tally: Tally): readonly string[] =>
  tally
    .list()
    .map(({ name }) => name)
    .sort(compare)
    .slice(0, mostNamed);

/** A lease's id is the path that issued it and a part of its own. */
const issuerOf = (lease: string): string => {
  const slash = lease.lastIndexOf('/');
  return slash < 1 ? lease : lease.slice(0, slash);
};

const sealTypeIn = (config: string): string | undefined => {
  const { type } = (parseJson(config) ?? {}) as { readonly type?: unknown };
  return typeof type === 'string' && type !== '' ? type : undefined;
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Sorts semantic versions: by numbers, and a pre-release (`2.0.0-beta1`) before its release. */
const compareVersions = (a: string, b: string): number => {
  const [first, second] = [versionParts(a), versionParts(b)];
  for (const at of [0, 1, 2]) {
    const difference = (first.numbers[at] ?? 0) - (second.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  if ((first.rest === '') !== (second.rest === '')) return first.rest === '' ? 1 : -1;
  return first.rest.localeCompare(second.rest, 'en', { numeric: true });
};

const versionParts = (version: string): { readonly numbers: readonly number[]; readonly rest: string } => {
  const [core = '', ...rest] = version.split(/(?=[-+])/);
  return { numbers: core.split('.').map((part) => Number.parseInt(part, 10) || 0), rest: rest.join('') };
};
