/** Shows the account of the target's operator of its part in the restore. */
import type { OperatorRestore } from '../../report.js';
import { describeOperatorRestore } from '../../report-facts.js';
import { paragraph, type Section } from '../blocks.js';
import { said } from '../text.js';

export const sayOperatorRestore = (restore: OperatorRestore): Section => ({
  id: 'operator-restore',
  title: 'Restore by the operator',
  blocks: [paragraph(said(`${describeOperatorRestore(restore)}.`))],
});
