/**
 * Maps a drill's checks to controls that auditors ask for. A control asks for far more than a program can see, so every entry
 * says what it does not show, and no entry ever says that a control is met.
 */
import type { CheckName } from '../run/checks.js';
import type { DrillReport } from './report.js';

export interface Control {
  readonly framework: string;
  readonly control: string;
  /** The subject of the control, in our own words. */
  readonly title: string;
  readonly checks: readonly CheckName[];
  readonly shows: string;
  readonly doesNotShow: string;
}

export interface MappedControl extends Control {
  /** `partly`: none failed, but some were not made in this drill. */
  readonly outcome: 'passed' | 'failed' | 'partly' | 'not made';
  readonly passed: readonly CheckName[];
  readonly failed: readonly CheckName[];
  readonly notMade: readonly CheckName[];
}

const dora = 'DORA, Regulation (EU) 2022/2554';
const nist34 = 'NIST SP 800-34 Rev. 1';
const nist53 = 'NIST SP 800-53 Rev. 5';
const iso = 'ISO/IEC 27001:2022';
const soc2 = 'SOC 2, Trust Services Criteria';

const backupIsGood: readonly CheckName[] = [
  'archive-integrity',
  'flipped-byte-refused',
  'seal-proof',
  'other-key-refused',
];
const restoredIsSource: readonly CheckName[] = [
  'cluster-id-matches-source',
  'source-password-accepted',
  'target-password-refused',
  'marker-is-source',
  'store-equality',
];
const clientsMove: readonly CheckName[] = ['cutover-only-after-verification', 'client-reaches-target'];
const inTime: readonly CheckName[] = ['rpo-objective', 'rto-objective'];

export const controls: readonly Control[] = [
  {
    framework: dora,
    control: 'Art. 11',
    title: 'Response and recovery: plans for it exist and are tested, a switchover to the other side among the tests',
    checks: ['source-lost', ...clientsMove, 'no-write-after-fence', ...inTime, 'client-back-at-source'],
    shows: 'One rehearsed switchover of one OpenBao pair, with who approved it and how long it took.',
    doesNotShow:
      'That the continuity policy, the impact analysis and the communication plans exist; that the drill is made as often as it must be; anything about other systems.',
  },
  {
    framework: dora,
    control: 'Art. 12(2)',
    title: 'Backup systems can be brought to life without harm to the data, and restoring is tested again and again',
    checks: [...backupIsGood, ...restoredIsSource],
    shows: 'A backup taken in this drill was verified, restored, and found to hold what the source held.',
    doesNotShow: 'Periodic repetition, because one report is one test; the restore of older backups.',
  },
  {
    framework: dora,
    control: 'Art. 12(3)',
    title: 'Restoring uses systems that are separate from the source, in hardware and in logic, and protected',
    checks: ['target-is-independent', 'target-ready-with-restore-auth', 'other-key-refused'],
    shows: 'The target was another cluster than the source, and restored with an identity that may do only that.',
    doesNotShow:
      'Physical separation: the drill sees addresses and cluster identities, not buildings, power or networks. A local lane has both sides on one machine.',
  },
  {
    framework: nist34,
    control: 'Testing (3.5)',
    title: 'The contingency plan is tested: recovery from backup on another platform, connectivity, return to normal',
    checks: [...backupIsGood, ...restoredIsSource, ...clientsMove, 'client-back-at-source'],
    shows: 'Recovery from backup on the other side, clients that reached it, and their way back, phase by phase.',
    doesNotShow:
      'Notification procedures, training of people, coordination between teams, or that the plan was updated after.',
  },
  {
    framework: nist53,
    control: 'CP-4',
    title:
      'Contingency plan testing: the plan is tested, the results are reviewed, and corrected where they have to be',
    checks: ['controls-effective', ...restoredIsSource, ...clientsMove],
    shows: 'The test and its results, and which person decided on them before clients were moved.',
    doesNotShow:
      'How often it is done, that the results were reviewed afterwards, and that corrective actions were taken.',
  },
  {
    framework: nist53,
    control: 'CP-9',
    title: 'System backup: information is backed up, and the backups are protected',
    checks: [
      'storage-reachable-from-source',
      'storage-reachable-from-target',
      'archive-integrity',
      'other-key-refused',
    ],
    shows: 'A backup was written to the bucket, read back from the other side, and did not open with another key.',
    doesNotShow:
      'How often backups are made, how long they are kept, who can reach the bucket, or backups of anything but this store.',
  },
  {
    framework: nist53,
    control: 'CP-9(1)',
    title: 'Backups are tested for reliability and integrity',
    checks: ['archive-integrity', 'flipped-byte-refused', 'seal-proof'],
    shows: 'The checksums and the seal of this backup hold, and a changed byte was noticed.',
    doesNotShow: 'Anything about backups that were not chosen, or about the medium in the long run.',
  },
  {
    framework: nist53,
    control: 'CP-9(2)',
    title: 'A sample of backup information is used to restore functions, as part of contingency plan testing',
    checks: restoredIsSource,
    shows: 'One whole backup was restored and compared with the source, entry by entry where the comparison was made.',
    doesNotShow: 'That the sample stands for all backups: it is one, and as a rule the newest.',
  },
  {
    framework: nist53,
    control: 'CP-10',
    title: 'Recovery and reconstitution: the system comes back to a known state within the time its objectives allow',
    checks: [...restoredIsSource, 'openbao-version-unchanged', 'client-reaches-target', ...inTime],
    shows: 'The target came up with the state of the source, at the same version, in the measured time.',
    doesNotShow:
      'That the objectives of the plan are those the organization needs; a drill without objectives shows only numbers.',
  },
  {
    framework: iso,
    control: 'A.5.30',
    title: 'ICT readiness for business continuity: planned, implemented, maintained and tested against objectives',
    checks: ['same-openbao-version', 'same-seal', 'source-lost', ...clientsMove, ...inTime],
    shows: 'One test of readiness, with the objectives it was measured against.',
    doesNotShow:
      'The planning and the impact analysis behind the objectives, and that readiness is maintained between drills.',
  },
  {
    framework: iso,
    control: 'A.8.13',
    title: 'Information backup: copies are kept and regularly tested, as the policy for it says',
    checks: [...backupIsGood, ...restoredIsSource],
    shows: 'One test of a backup, from taking it to reading its data on the other side.',
    doesNotShow: 'The policy, the schedule and the retention, and backups of software or of other systems.',
  },
  {
    framework: soc2,
    control: 'A1.2',
    title: 'Backup processes and recovery infrastructure are operated and watched so that objectives are met',
    checks: [
      'same-openbao-version',
      'same-seal',
      'storage-reachable-from-target',
      'target-is-independent',
      'archive-integrity',
    ],
    shows: 'Backup and recovery side were there and fitted each other when the drill looked.',
    doesNotShow:
      'Environmental protection, monitoring over a period, and the design and approval of the infrastructure.',
  },
  {
    framework: soc2,
    control: 'A1.3',
    title: 'The procedures of the recovery plan are tested',
    checks: [...restoredIsSource, ...clientsMove, ...inTime, 'client-back-at-source'],
    shows: 'The procedure as this program runs it, tested once, with its result.',
    doesNotShow: 'That tests cover the period under audit, and that procedures outside of this program work.',
  },
];

/** Lists for each control which of its checks passed, failed or were not made in this drill. A skipped check was not made. */
export const mapControls = ({ checks }: Pick<DrillReport, 'checks'>): readonly MappedControl[] => {
  const outcomes = new Map(checks.map(({ name, outcome }) => [name, outcome]));
  return controls.map((control) => {
    const having = (outcome: 'passed' | 'failed'): readonly CheckName[] =>
      control.checks.filter((name) => outcomes.get(name) === outcome);
    const passed = having('passed');
    const failed = having('failed');
    const notMade = control.checks.filter((name) => !passed.includes(name) && !failed.includes(name));
    const outcome =
      failed.length > 0 ? 'failed' : passed.length === 0 ? 'not made' : notMade.length > 0 ? 'partly' : 'passed';
    return { ...control, outcome, passed, failed, notMade };
  });
};

/** Stands above every control map. */
export const controlMapCaveat =
  'A drill supports an audit; it does not make an organization compliant. "Passed" means that the checks named here passed in this one drill, and ' +
  'no more. Titles are in our own words: read the text of the control, and let your auditor judge.';
