/** Renders the proofs of a bucket's snapshots as a table, with the reasons below it. */
import type { SnapshotProof } from '../snapshots/prove-snapshots.js';
import { countOf, describeBytes, describeMs } from '../../domain/units.js';
import { columns, type Paint, plain, printable } from './text.js';

const marks = { usable: '✔', unusable: '✘', unknown: '?' } as const;

export interface ProofsView {
  readonly proofs: readonly SnapshotProof[];
  /** Keys that were not read. */
  readonly passedOver?: readonly string[];
  /** Name of the seal key that was tried. */
  readonly keyName: string;
  readonly now: Date;
}

export const renderProofs = ({ proofs, passedOver = [], keyName, now }: ProofsView, paint: Paint = plain): string => {
  const usable = proofs.filter(({ verdict }) => verdict === 'usable').length;
  const reasons = new Map(proofs.flatMap(({ failure }) => (failure === undefined ? [] : [[failure.message, failure]])));
  const all = countOf(proofs.length, 'snapshot');
  const conclusion = `Today the seal key ${printable(keyName)} opens ${usable} of ${all}.`;
  return [
    columns([
      ['', 'KEY', 'AGE', 'SIZE', 'KEY VERSION', 'VERDICT'],
      ...proofs.map(({ key, takenAt, sizeBytes, keyVersion, verdict, failure }) => [
        marks[verdict],
        printable(key),
        takenAt === undefined ? '-' : describeMs(now.getTime() - Date.parse(takenAt)),
        describeBytes(sizeBytes),
        keyVersion ?? '-',
        failure === undefined ? verdict : `${verdict}: ${failure.type}`,
      ]),
    ]),
    ...[...reasons.values()].map(({ type, message }) => `\n${paint.red('✘')} ${type}: ${printable(message)}`),
    ...(passedOver.length === 0
      ? []
      : [
          `\n${passedOver.length} ${passedOver.length === 1 ? 'object that is' : 'objects that are'} kept beside snapshots (${printable(passedOver[0] ?? '')}${passedOver.length > 1 ? ', …' : ''}) passed over.`,
        ]),
    '',
    usable === proofs.length ? paint.green(conclusion) : paint.red(conclusion),
  ].join('\n');
};
