import { cancellationSignal } from '@temporalio/activity';
import { KnownFailure } from '../../domain/known-failure.js';
import type { Snapshot } from '../../domain/report.js';
import type { Bucket, TargetSite } from '../../domain/topology.js';
import { createDigestGate } from '../../systems/openbao/digest-gate.js';
import type { ActivityPorts } from '../ports.js';
import { snapshotPath } from '../preflight/check-target-ready.js';

export interface SubmitRestoreInput {
  readonly lane: string;
  readonly drillId: string;
  readonly target: TargetSite;
  /** The bucket as the target reaches it. */
  readonly source: Bucket;
  readonly snapshot: Snapshot;
}

type SubmitRestorePorts = Pick<ActivityPorts, 'lanes' | 'sites' | 'buckets'>;

/**
 * Sends one snapshot from the bucket to the target's verifying restore endpoint. The snapshot is bound by key, size and
 * SHA-256: its last bytes leave only once all of it is known to be the recorded one. OpenBao answers when it has buffered
 * the upload, so a return only means "accepted": {@link createObserveRestore} tells what became of it.
 *
 * @throws KnownFailure `SealMismatch`: the snapshot was sealed by another key; the target is unharmed.
 * @throws KnownFailure `SnapshotChanged`: the object is not the one that was taken; the target is unharmed.
 * @throws KnownFailure `RestoreNotSubmitted`, `RestoreOutcomeUnknown`: the connection broke before or after the upload's
 *   end; observe the outcome before anything else.
 */
export const createSubmitRestore = ({ lanes, sites, buckets }: SubmitRestorePorts) =>
  async function submitRestore({ lane, drillId, target, source, snapshot }: SubmitRestoreInput): Promise<void> {
    const signal = cancellationSignal();
    // No revocation afterwards: the token belongs to the data that is being replaced.
    const session = await sites.logIn(target, target.restore);
    // A large upload without permission ends in a reset connection instead of a 403: ask first.
    if (!(await session.capabilities(snapshotPath)).includes('update')) {
      throw new KnownFailure('PermissionDenied', 'The restore identity may not update the snapshot of the target', {
        facts: { username: target.restore.username, path: snapshotPath },
      });
    }
    const store = await buckets.open(source);
    const object = await store.download({ key: snapshot.key, signal });
    // Before the first byte leaves: after a crash at any later point the target must not pass for fresh.
    await lanes.open(lane).markTargetUsed(drillId);
    const gate = createDigestGate({ sha256: snapshot.sha256, sizeBytes: snapshot.sizeBytes });
    object.body.once('error', (error) => gate.destroy(error));
    await session.restoreSnapshot({ body: object.body.pipe(gate), sizeBytes: snapshot.sizeBytes, signal });
  };
