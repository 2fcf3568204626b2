import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertNotKept } from '../../../client/undo/kept-clients.js';
import { openStateFolder } from '../../../infra/state/state-folder.js';
import { exampleReport } from '../../domain/report/example-report.js';
import { temporaryFolder } from '../test-context.js';

const drillId = '20260101T000000Z-01234567';
const cutover = { way: 'edge', timeoutSeconds: 60 } as const;

describe('clients that a failover kept on the target', () => {
  it('stay there, unless the last recorded move of a drill that passed was its way back', async () => {
    await using folder = await temporaryFolder();
    const stateFolder = await openStateFolder(join(folder.path, 'state'));
    await mkdir(join(stateFolder.reports, drillId), { recursive: true });
    const report = exampleReport({ drillId, lane: 'local', result: 'passed' });
    await writeFile(join(stateFolder.reports, drillId, 'report.json'), JSON.stringify(report));
    const asked = (to: 'source' | 'target') =>
      assertNotKept(stateFolder, 'local', {
        clientsAt: 'target',
        movedBy: { drillId, at: '2026-01-01T00:00:00.000Z', to, cutover },
      });
    await expect(asked('target')).rejects.toMatchObject({ type: 'ClientsKept' });
    await expect(asked('source')).resolves.toBeUndefined();
  });
});
