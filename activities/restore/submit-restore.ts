import { describeCredential } from '../../domain/pair/credentials.js';
import { pipeline } from 'node:stream';
import { cancellationSignal } from '@temporalio/activity';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import type { Snapshot } from '../../domain/report/report.js';
import type { Bucket, TargetSite } from '../../domain/pair/topology.js';
import { createDigestGate } from '../../systems/openbao/transfer/digest-gate.js';
import { verifyContent } from '../../systems/openbao/transfer/expected-content.js';
import { mayPass } from '../patience/step-run.js';
import { waitOutUntilBegun } from '../patience/wait-out.js';
import { heldLane } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { sealFailureOf, type SealAnswersPorts } from '../seal-proof/seal-answers.js';
import { snapshotPath } from '../../systems/openbao/transfer/snapshot-path.js';

export interface SubmitRestoreInput {
  readonly lane: string;
  readonly drillId: string;
  readonly target: TargetSite;
  /** The bucket as the target reaches it. */
  readonly source: Bucket;
  readonly snapshot: Snapshot;
}

export type SubmitRestorePorts = SealAnswersPorts & Pick<ActivityPorts, 'lanes' | 'reservations' | 'buckets'>;

/**
 * Sends one snapshot from the bucket to the target's verifying restore endpoint. The snapshot is bound by key, size and
 * SHA-256: it is read once to be compared, and what is then sent leaves completely only if it is the same. OpenBao answers when it has buffered
 * the upload, so a return only means "accepted": {@link createObserveRestore} tells what became of it.
 *
 * @throws KnownFailure `SealMismatch`: the snapshot was sealed by another key; the target is unharmed.
 * @throws KnownFailure `TransitUnreachable`: the target could not ask its seal whether it opens the snapshot; it is unharmed.
 * @throws KnownFailure `SnapshotChanged`: the object is not the one that was taken; the target is unharmed.
 * @throws KnownFailure `RestoreNotSubmitted`, `RestoreOutcomeUnknown`: the connection broke before or after the upload's
 *   end; observe the outcome before anything else.
 */
export const createSubmitRestore = (ports: SubmitRestorePorts) =>
  async function submitRestore({ lane, drillId, target, source, snapshot }: SubmitRestoreInput): Promise<void> {
    const { lanes, reservations, sites, buckets } = ports;
    // While not a byte has left, what is away is waited for; once the upload begins, only the target can tell.
    await waitOutUntilBegun(async (begin) => {
      const signal = cancellationSignal();
      await assertSealIsThere(ports, target);
      // No revocation afterwards: the token belongs to the data that is being replaced.
      const session = await sites.logIn(target, target.restore);
      // A large upload without permission ends in a reset connection instead of a 403: ask first.
      if (!(await session.capabilities(snapshotPath)).includes('update')) {
        throw new KnownFailure('PermissionDenied', 'The restore identity may not update the snapshot of the target', {
          facts: { login: describeCredential(target.restore), path: snapshotPath },
        });
      }
      await buckets.with(source, async (store) => {
        const { key, versionId } = snapshot;
        const { etag, body } = await store.download({ key, versionId, signal });
        await verifyContent(body, snapshot);
        // Reading took as long as the snapshot is large, and this worker may have been thought dead meanwhile.
        const held = await heldLane({ lanes, reservations }, { lane, drillId });
        // Before the first byte leaves: after a crash at any later point the target must not pass for fresh.
        await held.target.markUsed(drillId, signal);
        // The very same version again, and through a gate all the same: not every S3 server honours the tag.
        const verified = await store.download({ key, versionId, ...(etag === undefined ? {} : { etag }), signal });
        const gate = createDigestGate(snapshot);
        pipeline(verified.body, gate, () => undefined);
        begin();
        await session
          .restoreSnapshot({ body: gate, sizeBytes: snapshot.sizeBytes, signal })
          .catch(async (error: unknown) => {
            // What the target says of a key that is not its own, and of a Transit that it does not reach.
            if (isKnownFailure(error, 'SealMismatch')) await assertSealIsThere(ports, target);
            throw error;
          });
      });
    });
  };

/** Throws only what passes by itself: what else is wrong with the seal, the target says itself. */
const assertSealIsThere = async (ports: SubmitRestorePorts, target: TargetSite): Promise<void> => {
  const failure = await sealFailureOf(ports, target);
  if (failure !== undefined && mayPass(failure)) throw failure;
};
