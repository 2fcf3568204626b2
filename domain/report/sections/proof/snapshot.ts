/** Shows the recovery point, and its content that is readable without a key. */
import type { DrillReport } from '../../report.js';
import { whyAbsent } from '../../report-facts.js';
import type { SnapshotInspection } from '../../../snapshot/inspection.js';
import { snapshotWarnings } from '../../../snapshot/snapshot-warnings.js';
import { countOf, describeBytes, describeExactBytes, groupDigits } from '../../../units.js';
import { type Block, bullets, missing, pairs, part, type Section, table } from '../blocks.js';
import { moment } from '../../../moments.js';
import { code, ended, said, type Text } from '../text.js';
import { sayWarning } from '../warnings.js';

export const saySnapshot = (report: DrillReport): Section => {
  const { snapshot, inspection } = report;
  return {
    id: 'snapshot',
    title: 'Snapshot',
    blocks: [
      snapshot === undefined
        ? missing(['No snapshot was taken: ', said(ended(whyAbsent(report, 'snapshot', 'backup')))])
        : pairs([
            ['Key in the bucket', code(snapshot.key)],
            ...(snapshot.versionId === undefined ? [] : [['Version in the bucket', code(snapshot.versionId)] as const]),
            ['Size', describeExactBytes(snapshot.sizeBytes)],
            ['SHA-256', code(snapshot.sha256)],
            ['Taken', moment(snapshot.takenAt)],
            ...(snapshot.takenFrom === undefined ? [] : [['Taken from', `the ${snapshot.takenFrom} node`] as const]),
            ['Raft index', String(snapshot.index)],
          ]),
      ...(inspection === undefined
        ? [missing(['The snapshot was not inspected: ', said(ended(whyAbsent(report, 'inspect', 'inspection')))])]
        : [
            // Newer reports have the warnings at the top.
            ...(report.warnings === undefined ? snapshotWarnings(inspection) : []).map(sayWarning),
            part('What is in it', sayContents(inspection), { fold: 'closed' }),
          ]),
    ],
  };
};

const mostPaths = 10;

const sayContents = (inspection: SnapshotInspection): readonly Block[] => {
  const { term, peers, openbaoVersions, seal, entries, stateBytes, leases } = inspection;
  return [
    pairs([
      ['Entries', `${groupDigits(entries)} in ${describeBytes(stateBytes)}`],
      [
        'Seal',
        said(
          [seal.type ?? 'type not said', ...(seal.keyVersion === undefined ? [] : [`key ${seal.keyVersion}`])].join(
            ' ',
          ),
        ),
      ],
      [
        'OpenBao versions it has seen',
        openbaoVersions.length === 0 ? 'none recorded' : said(openbaoVersions.join(', ')),
      ],
      [
        'Leases',
        `${groupDigits(leases.total)}: ${groupDigits(leases.login)} of logins, ${groupDigits(leases.dynamic)} of dynamic secrets`,
      ],
      ['Raft', said(`term ${term}, ${peers.map(({ id, suffrage }) => `${id} (${suffrage})`).join(', ') || 'no peer'}`)],
    ]),
    ...(leases.paths.length === 0 ? [] : [bullets(sayLeases(leases.paths))]),
    ...(inspection.groups.length === 0
      ? []
      : [part('Mounts and parts by size', [tableOf(inspection)], { onlyPage: true })]),
  ];
};

const sayLeases = (paths: SnapshotInspection['leases']['paths']): readonly Text[] => [
  ...paths.slice(0, mostPaths).map(({ path, count }): Text => [code(path), `: ${countOf(count, 'lease')}`]),
  ...(paths.length > mostPaths ? [`${groupDigits(paths.length - mostPaths)} more paths, in report.json`] : []),
];

const tableOf = ({ groups, otherGroups }: SnapshotInspection): Block =>
  table(
    ['Mount or part', 'Entries', 'Size'],
    [
      ...groups.map(({ name, entries, sizeBytes }) => ({ cells: [code(name), entries, describeBytes(sizeBytes)] })),
      ...(otherGroups === undefined
        ? []
        : [
            {
              cells: [
                `${groupDigits(otherGroups.groups)} smaller parts together${otherGroups.listedIn === undefined ? '' : `; ${otherGroups.listedIn.name} lists all`}`,
                otherGroups.entries,
                describeBytes(otherGroups.sizeBytes),
              ],
            },
          ]),
    ],
    { compact: true },
  );
