import { type Check, check } from '../run/checks.js';
import { oneLine } from '../approval/messages/one-line.js';
import { meaningOfCoreKey } from '../pair/safeguards/core-keys.js';
import type { CoreDifference, StoreComparison, StoreGroupComparison } from './store-comparison.js';

/** Paths of mounts by the group their entries are in: `secret/` by `logical/<uuid>`, `auth/userpass/` by `auth/<uuid>`. */
export type MountPaths = ReadonlyMap<string, string>;

/** The longest path of a mount, in characters: a comparison goes through Temporal. */
const longestPath = 200;

/** Puts the path of a mount before its group, where it is known: `secret/ (logical/<uuid>)`. Keeps the order. */
export const nameGroups = (comparison: StoreComparison, paths: MountPaths): StoreComparison => ({
  ...comparison,
  groups: comparison.groups.map((group) => {
    const path = paths.get(group.name);
    return path === undefined ? group : { ...group, name: `${oneLine(path, longestPath)} (${group.name})` };
  }),
});

/** The check `store-equality`; `paths` as for {@link nameGroups}, which comes after this. */
export const checkStoreEquality = (comparison: StoreComparison, paths: MountPaths): Check =>
  check(
    'store-equality',
    comparison.equal,
    "every key and value of the source's snapshot",
    comparison.equal ? describeEqual(comparison) : describeDifferences(comparison, paths),
  );

const describeEqual = ({ entries, explained }: StoreComparison): string => {
  const count = explained.reduce((sum, one) => sum + one.count, 0);
  return `${counted(entries.source, 'entry', 'entries')} equal; ${counted(count, 'difference', 'differences')} explained`;
};

/** One line for people; the comparison has the rest. */
const shownGroups = 10;

const describeDifferences = ({ groups, core = [] }: StoreComparison, paths: MountPaths): string => {
  const differing = groups.filter((group) => differencesIn(group) > 0);
  const total = differing.reduce((sum, group) => sum + differencesIn(group), 0);
  const shown = differing
    .slice(0, shownGroups)
    .map((group) => `${oneLine(paths.get(group.name) ?? group.name, longestPath)} (${kindsIn(group)})`);
  const more = differing.length - shown.length;
  return [
    `${counted(total, 'difference', 'differences')}: ${shown.join(', ')}`,
    ...(core.length > 0 ? [`(${core.slice(0, shownGroups).map(describeCoreKey).join('; ')})`] : []),
    ...(more > 0 ? [`and more in ${counted(more, 'other part', 'other parts')} of the store`] : []),
  ].join(' ');
};

const describeCoreKey = ({ key, difference }: CoreDifference): string => {
  const meaning = meaningOfCoreKey(key);
  return `${key} ${difference}${meaning === undefined ? '' : `: ${meaning}`}`;
};

const differencesIn = ({ changed, missing, added }: StoreGroupComparison): number => changed + missing + added;

const kindsIn = (group: StoreGroupComparison): string =>
  (['changed', 'missing', 'added'] as const)
    .filter((kind) => group[kind] > 0)
    .map((kind) => `${grouped(group[kind])} ${kind}`)
    .join(', ');

const counted = (count: number, one: string, many: string): string => `${grouped(count)} ${count === 1 ? one : many}`;

/** 20,123. */
const grouped = (count: number): string => count.toLocaleString('en-US');
