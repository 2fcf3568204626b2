/** Renders a snapshot's content on one screen: its origin, its data, and its effects when it is restored. */
import type { SnapshotInspection } from '../../domain/snapshot/inspection.js';
import { snapshotWarnings } from '../../domain/snapshot/snapshot-warnings.js';
import type { InspectedArchive } from '../commands/snapshots/snapshot-inspect.js';
import { countOf, describeBytes, groupDigits } from '../../domain/units.js';
import { columns, cut, type Paint, plain, printable } from './text.js';
import { renderWarnings } from './warnings-view.js';

const mostRows = 40;
const widestName = 100;

export const renderInspection = ({ sizeBytes, sha256, inspection }: InspectedArchive, paint: Paint = plain): string => {
  const { index, term, peers, openbaoVersions, seal, entries, stateBytes, groups, otherGroups, leases } = inspection;
  const facts: (readonly string[])[] = [
    ['Archive', `${describeBytes(sizeBytes)}, SHA-256 ${sha256}`],
    ['Raft', `index ${index}, term ${term}`],
    ...peers.map(({ id, address, suffrage }, at) => [
      at === 0 ? 'Peers' : '',
      `${shown(id)} at ${shown(address)} (${suffrage})`,
    ]),
    ['OpenBao', openbaoVersions.length === 0 ? 'not told' : openbaoVersions.map(shown).join(', ')],
    ['Seal', describeSeal(seal)],
    ['State', `${countOf(entries, 'entry', 'entries')}, ${describeBytes(stateBytes)}`],
  ];
  return [
    paint.green('The archive is whole: its checksums are as recorded.'),
    ...renderWarnings(snapshotWarnings(inspection), paint),
    '',
    columns(facts),
    ...table(
      ['PART OF THE STORE', 'ENTRIES', 'SIZE'],
      [
        ...groups.map((group) => [shown(group.name), groupDigits(group.entries), describeBytes(group.sizeBytes)]),
        ...(otherGroups === undefined
          ? []
          : [
              [
                `(${otherGroups.groups} smaller parts together)`,
                groupDigits(otherGroups.entries),
                describeBytes(otherGroups.sizeBytes),
              ],
            ]),
      ],
    ),
    ...table(
      ['LEASES ISSUED BY', 'LEASES'],
      leases.paths.map(({ path, count }) => [shown(path), groupDigits(count)]),
    ),
    '',
    describeLeases(leases),
  ].join('\n');
};

const describeSeal = ({ type, keyVersion }: SnapshotInspection['seal']): string =>
  [shown(type ?? 'type not told'), keyVersion === undefined ? 'key version not told' : `key ${shown(keyVersion)}`].join(
    ', ',
  );

/** Renders a table with the number of omitted rows; nothing if it is empty. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  if (rows.length === 0) return [];
  const more = rows.length - mostRows;
  return ['', columns([head, ...rows.slice(0, mostRows)]), ...(more > 0 ? [`  … and ${more} more: see --json`] : [])];
};

const describeLeases = ({ total, login, dynamic }: SnapshotInspection['leases']): string => {
  if (total === 0) return 'There are no leases in it.';
  if (dynamic === 0)
    return total === 1 ? 'The only lease is of a login.' : `All ${groupDigits(total)} leases are of logins.`;
  return `Leases: ${groupDigits(dynamic)} of dynamic secrets, ${groupDigits(login)} of logins, which end with their tokens.`;
};

/** Names come from the archive. */
const shown = (name: string): string => cut(printable(name), widestName);
