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
import { thisRun } from '../holding.js';
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

export type SubmitRestorePorts = SealAnswersPorts & Pick<ActivityPorts, 'lanes' | 'buckets'>;

/**
 * Sends one snapshot from the bucket to the target's verifying restore endpoint. The snapshot is bound by key, size and
 * SHA-256: it is read once for comparison, and the upload completes only if it is the same. OpenBao answers once it has
 * buffered the upload, so a return only means "accepted": {@link createObserveRestore} finds the outcome.
 *
 * @throws KnownFailure `SealMismatch`: the snapshot was sealed by another key; the target is unharmed.
 * @throws KnownFailure `TransitUnreachable`: the target could not ask its seal to open the snapshot; it is unharmed.
 * @throws KnownFailure `SnapshotChanged`: the object is not the one that was taken; the target is unharmed.
 * @throws KnownFailure `RestoreNotSubmitted`, `RestoreOutcomeUnknown`: the connection broke before or after the upload's
 *   end; observe the outcome before anything else.
 */
export const createSubmitRestore = (ports: SubmitRestorePorts) =>
  async function submitRestore({ lane, drillId, target, source, snapshot }: SubmitRestoreInput): Promise<void> {
    const { lanes, sites, buckets } = ports;
    // Before the first byte, an outage is waited out; once the upload begins, only the target shows the outcome.
    await waitOutUntilBegun(async (begin) => {
      const signal = cancellationSignal();
      await assertSealIsThere(ports, target);
      // The token is not revoked afterwards, because it belongs to the data that is being replaced.
      const session = await sites.logIn(target, target.restore);
      // Ask first: a large upload without permission ends in a reset connection instead of a 403.
      if (!(await session.capabilities(snapshotPath)).includes('update')) {
        throw new KnownFailure('PermissionDenied', 'The restore identity may not update the snapshot of the target', {
          facts: { login: describeCredential(target.restore), path: snapshotPath },
        });
      }
      await buckets.with(source, async (store) => {
        const { key, versionId } = snapshot;
        const { etag, body } = await store.download({ key, versionId, signal });
        await verifyContent(body, snapshot);
        // Reading a large snapshot takes long, and another worker may have taken this one for dead meanwhile.
        const held = await lanes.held(lane, thisRun(drillId));
        // Marks the target before the first byte leaves: after a later crash the target must not pass for fresh.
        await held.target.markUsed(drillId, signal);
        // Reads the same version again, still through the digest gate: not every S3 server honors the tag.
        const verified = await store.download({ key, versionId, ...(etag === undefined ? {} : { etag }), signal });
        const gate = createDigestGate(snapshot);
        pipeline(verified.body, gate, () => undefined);
        begin();
        await session
          .restoreSnapshot({ body: gate, sizeBytes: snapshot.sizeBytes, signal })
          .catch(async (error: unknown) => {
            // The target gives this answer for a foreign key, and for an unreachable Transit.
            if (isKnownFailure(error, 'SealMismatch')) await assertSealIsThere(ports, target);
            throw error;
          });
      });
    });
  };

/** Throws only retryable failures: the target reports other problems of the seal itself. */
const assertSealIsThere = async (ports: SubmitRestorePorts, target: TargetSite): Promise<void> => {
  const failure = await sealFailureOf(ports, target);
  if (failure !== undefined && mayPass(failure)) throw failure;
};
