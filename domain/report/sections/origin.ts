/** Shows the versions behind the report, and its plan. */
import type { DrillReport } from '../report.js';
import { pairs, part, preformatted, type Section } from './blocks.js';
import { code, said } from './text.js';

export const sayOrigin = ({ versions, workflowId, runId, schemaVersion, plan }: DrillReport): Section => ({
  id: 'origin',
  title: 'Versions and origin',
  blocks: [
    pairs([
      ['openbao-dr', said(versions.openbaoDr)],
      ['OpenBao at the source', said(versions.openbao.source ?? 'not known')],
      ['OpenBao at the target', said(versions.openbao.target ?? 'not known')],
      ['Temporal workflow', code(workflowId)],
      ['Run', code(runId)],
      ['Version of the report', String(schemaVersion)],
    ]),
    part('Plan', [preformatted(JSON.stringify(plan, undefined, 2))], { fold: 'closed', onlyPage: true }),
  ],
});
