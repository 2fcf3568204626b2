/** Shows what the drill left behind. */
import type { CleanupReport, DrillReport } from '../../report.js';
import { bullets, paragraph, type Section } from '../blocks.js';
import { said, sentence, type Text, toned } from '../text.js';

/** A kept lane gets no further words, because its clients may have stayed on the target. */
const outcomes: Readonly<Record<CleanupReport['outcome'], Text>> = {
  succeeded: 'Everything that the drill made was removed.',
  failed: toned('Failed: what is listed here still has to be undone by hand.', 'bad'),
  kept: 'The lane was kept.',
};

export const sayCleanup = ({ cleanup: { outcome, failures } }: DrillReport): Section => ({
  id: 'clean-up',
  title: 'Clean-up',
  blocks: [
    paragraph(outcomes[outcome]),
    ...(failures.length === 0 ? [] : [bullets(failures.map((failure) => said(sentence(failure))))]),
  ],
});
