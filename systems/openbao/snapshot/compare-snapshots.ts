/** Compares two snapshots entry by entry, without a key to either. */
import { createHash, type Hash } from 'node:crypto';
import { storeGroup } from '../../../domain/snapshot/inspection.js';
import { isCoreKey } from '../../../domain/pair/safeguards/core-keys.js';
import type {
  CoreDifference,
  StoreComparison,
  StoreGroupComparison,
} from '../../../domain/snapshot/store-comparison.js';
import { explainVolatile, type VolatileKey } from '../../../domain/snapshot/volatile-keys.js';
import { joinEntries, type SnapshotPair } from './join-entries.js';
import type { SnapshotEntry } from './open-snapshot.js';

/** A store may have any number of mounts and namespaces; a report has to stay readable. */
const MOST_GROUPS = 1000;
const MOST_CORE_KEYS = 50;
/** Far more than any store has. Names come from the archives: behind these, new ones are counted together. */
const MOST_COUNTED_GROUPS = 50_000;
const MOST_NAME_CHARACTERS = 8 * 1024 * 1024;
const OTHERS = '(others)';

/**
 * Compares the entries of two snapshots as they stream past, by a merge join: OpenBao's FSM writes its state from a bbolt
 * cursor, so both sides come in byte order of their keys. One pass, and memory that holds a batch of each side and a record for
 * each mount, whatever the number of entries. An external sort or hash partitions would do without the order, but write every
 * key to disk first, and keys reveal the names of leases and of some users' data. The order is checked all the way, so a
 * snapshot that breaks it is refused rather than compared wrongly. The price: the slower stream sets the pace of both.
 *
 * Keys that {@link explainVolatile} explains are left out of entries, digests and differences; those of them that differ are
 * counted in `explained`.
 *
 * @throws KnownFailure `SnapshotUnordered`: a side is not in byte order of its keys, or holds one twice.
 * @throws a side's own error, once the other side is closed.
 */
export const compareSnapshots = async (snapshots: SnapshotPair): Promise<StoreComparison> => {
  const tally = createTally();
  await joinEntries(snapshots, tally.see);
  return tally.read();
};

type Difference = CoreDifference['difference'];

interface GroupTally extends Record<Difference, number> {
  entries: number;
  readonly hash: Hash;
}

const createTally = () => {
  const groups = new Map<string, GroupTally>();
  const explained = new Map<VolatileKey, number>();
  const entries = { source: 0, target: 0 };
  const core: CoreDifference[] = [];
  let differences = 0;
  let nameCharacters = 0;

  const groupOf = (key: string): GroupTally => {
    const stated = storeGroup(key);
    const known = groups.get(stated);
    if (known !== undefined) return known;
    const tooMany = groups.size >= MOST_COUNTED_GROUPS || nameCharacters + stated.length > MOST_NAME_CHARACTERS;
    const name = tooMany ? OTHERS : stated;
    const others = groups.get(name);
    if (others !== undefined) return others;
    nameCharacters += name.length;
    const made = { entries: 0, changed: 0, missing: 0, added: 0, hash: createHash('sha256') };
    groups.set(name, made);
    return made;
  };

  return {
    see: (source: SnapshotEntry | undefined, target: SnapshotEntry | undefined): void => {
      const key = (source ?? target)?.key.toString() ?? '';
      const difference = differenceOf(source, target);
      const volatile = explainVolatile(key);
      if (volatile !== undefined) {
        if (difference !== undefined) explained.set(volatile, (explained.get(volatile) ?? 0) + 1);
        return;
      }
      const group = groupOf(key);
      if (source !== undefined) {
        entries.source += 1;
        group.entries += 1;
        group.hash.update(digestInput(source));
      }
      if (target !== undefined) entries.target += 1;
      if (difference !== undefined) {
        group[difference] += 1;
        differences += 1;
        if (core.length < MOST_CORE_KEYS && isCoreKey(key)) core.push({ key, difference });
      }
    },

    read: (): StoreComparison => ({
      equal: differences === 0,
      entries,
      groups: arrange(
        [...groups].map(([name, { hash, ...counts }]) => ({ name, ...counts, sha256: hash.digest('hex') })),
      ),
      ...(core.length > 0 && { core }),
      explained: [...explained]
        .map(([{ pattern, reason }, count]) => ({ pattern, reason, count }))
        .sort((a, b) => byText(a.pattern, b.pattern)),
    }),
  };
};

const differenceOf = (source: SnapshotEntry | undefined, target: SnapshotEntry | undefined): Difference | undefined => {
  if (target === undefined) return 'missing';
  if (source === undefined) return 'added';
  return source.valueSha256.equals(target.valueSha256) ? undefined : 'changed';
};

/** The key's length comes first, so that no two lists of entries make the same digest. */
const digestInput = ({ key, valueSha256 }: SnapshotEntry): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(key.length);
  return Buffer.concat([length, key, valueSha256]);
};

const arrange = (groups: readonly StoreGroupComparison[]): readonly StoreGroupComparison[] => {
  const sorted = [...groups].sort((a, b) => byText(a.name, b.name));
  if (sorted.length <= MOST_GROUPS) return sorted;
  const differ = ({ changed, missing, added }: StoreGroupComparison) => changed + missing + added > 0;
  return [...sorted.filter(differ), ...sorted.filter((group) => !differ(group))].slice(0, MOST_GROUPS);
};

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
