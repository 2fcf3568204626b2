/** Warns of facts to know before a restore, read from the names of the snapshot's keys, which are not encrypted. */
import type { Snapshot } from '../report/report.js';
import type { SnapshotInspection } from './inspection.js';
import { countOf } from '../units.js';
import type { Warning } from '../run/warnings.js';

export const snapshotWarnings = ({
  leases: { dynamic },
  ownSeals,
  plugins,
}: SnapshotInspection): readonly Warning[] => [
  ...when((ownSeals?.namespaces ?? 0) > 0, {
    name: 'namespaces-with-own-seal',
    sentence:
      `${countOf(ownSeals?.namespaces ?? 0, 'namespace has a seal', 'namespaces have seals')} of ${ownSeals?.namespaces === 1 ? 'its' : 'their'} own. ` +
      'A target restored from this snapshot keeps them sealed, and their clients have no service, until the holders of their unseal keys unseal them there: ' +
      'arrange for these people, and for their keys, before you rely on the target.',
  }),
  ...when((plugins?.total ?? 0) > 0, {
    name: 'external-plugins',
    sentence:
      `${countOf(plugins?.total ?? 0, 'external plugin is', 'external plugins are')} registered: ${listed(plugins?.names ?? [], plugins?.total ?? 0)}. ` +
      'A target without the same programs in its plugin directory restores, and leaves every mount that needs them dead: install the same versions there.',
  }),
  ...when(dynamic > 0, {
    name: 'dynamic-leases',
    sentence:
      `${countOf(dynamic, 'lease')} of dynamic secrets. A target restored from this snapshot revokes those that have ended, ` +
      'in the real systems that issued them, and OpenBao has no switch to stop it. ' +
      'Keep the target away from these systems, or expect it.',
  }),
];

/** A standby sends its own state, without saying so. */
export const warnOfNode = ({ takenFrom }: Pick<Snapshot, 'takenFrom'>): readonly Warning[] =>
  when(takenFrom === 'standby', {
    name: 'snapshot-from-standby',
    sentence:
      'A standby sent the snapshot, from its own state: it may lack the newest writes of the leader. ' +
      'Let the backup address the active node, or a balancer that routes by sys/health.',
  });

const when = (applies: boolean, warning: Warning): readonly Warning[] => (applies ? [warning] : []);

const listed = (names: readonly string[], total: number): string =>
  total > names.length ? `${names.join(', ')} and ${countOf(total - names.length, 'more', 'more')}` : names.join(', ');
