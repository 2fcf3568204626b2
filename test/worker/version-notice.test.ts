import { expect, it } from 'vitest';
import { versionNotice } from '../../worker/version-notice.js';

const taskQueue = 'openbao-dr';
const v1 = { deploymentName: 'openbao-dr/worker', buildId: 'v1' };
const v2 = { deploymentName: 'openbao-dr/worker', buildId: 'v 2' };

it('says nothing when new runs come to this worker', () => {
  expect(versionNotice({ taskQueue, mine: v1, current: v1 })).toBeUndefined();
  expect(versionNotice({ taskQueue, mine: undefined, current: undefined })).toBeUndefined();
});

it('says that a version is not the current one, with the command that makes it so', () => {
  const command = 'temporal worker deployment set-current-version --deployment-name openbao-dr/worker --build-id';
  const none = versionNotice({ taskQueue, mine: v1, current: undefined });
  expect(none).toContain('go to workers without a version');
  expect(none).toContain(`${command} v1`);
  const other = versionNotice({ taskQueue, mine: v2, current: v1 });
  expect(other).toContain("go to version openbao-dr/worker:v1, and not to this worker's version openbao-dr/worker:v 2");
  expect(other).toContain(`${command} 'v 2'`);
});

it('says to a worker without a version that its queue has one', () => {
  const notice = versionNotice({ taskQueue, mine: undefined, current: v1 });
  expect(notice).toContain(
    'new runs of task queue openbao-dr go to version openbao-dr/worker:v1: it gets none of them',
  );
  expect(notice).toContain('--deployment-name openbao-dr/worker --unversioned');
});
