/** Shows whether the restored store equals the source's, entry by entry. */
import type { DrillReport } from '../../report.js';
import { describeEquality, whyAbsent } from '../../report-facts.js';
import type { StoreComparison, StoreGroupComparison } from '../../../snapshot/store-comparison.js';
import { countOf, groupDigits } from '../../../units.js';
import { type Block, bullets, missing, paragraph, part, type Row, type Section, table } from '../blocks.js';
import { code, digest, ended, said, toned } from '../text.js';

export const sayEquality = (report: DrillReport): Section => ({
  id: 'equality',
  title: 'Are the stores equal?',
  blocks:
    report.equality === undefined
      ? [
          missing([
            'The stores were not compared: ',
            said(ended(whyAbsent(report, 'equality', 'store-equality', 'verify'))),
          ]),
        ]
      : sayComparison(report.equality),
});

const differs = ({ changed, missing: gone, added }: StoreGroupComparison): boolean => changed + gone + added > 0;

const sayComparison = (equality: StoreComparison): readonly Block[] => {
  const { groups, core = [], explained } = equality;
  const differing = groups.filter(differs);
  const equal = groups.filter((group) => !differs(group));
  return [
    paragraph([
      equality.equal ? toned('✔', 'good') : toned('✘', 'bad'),
      ` ${describeEquality(equality)}. ${countOf(groups.length, 'mount or part', 'mounts and parts')} compared, ${groupDigits(differing.length)} differ.`,
    ]),
    ...(differing.length === 0 ? [] : [tableOf(differing)]),
    ...(core.length === 0
      ? []
      : [
          part("Keys of OpenBao's own that differ", [
            table(
              ['Key', 'Difference'],
              core.map(({ key, difference }) => ({ cells: [code(key), differences[difference]] })),
            ),
          ]),
        ]),
    ...(explained.length === 0
      ? []
      : [
          part('Differences that are expected', [
            bullets(
              explained.map(({ pattern, reason, count }) => [code(pattern), `: ${groupDigits(count)}, `, said(reason)]),
            ),
          ]),
        ]),
    ...(equal.length === 0
      ? []
      : [
          part(`Mounts and parts that are equal (${equal.length})`, [tableOf(equal)], {
            fold: 'closed',
            onlyPage: true,
          }),
        ]),
    paragraph(
      'Compared entry by entry: the key and the digest of its encrypted value. Nothing was decrypted for it.',
      'fine',
    ),
  ];
};

const differences = { changed: 'another value', missing: 'only at the source', added: 'only at the target' } as const;

const tableOf = (groups: readonly StoreGroupComparison[]): Block =>
  table(
    ['Mount or part', 'Entries', 'Changed', 'Only source', 'Only target', 'SHA-256 of it'],
    groups.map((group): Row => ({
      cells: [code(group.name), group.entries, group.changed, group.missing, group.added, digest(group.sha256)],
      failed: differs(group),
    })),
    { compact: true },
  );
