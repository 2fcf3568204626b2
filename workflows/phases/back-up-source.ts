import type { TakenSnapshot } from '../../activities/backup/take-snapshot.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { Steps } from '../run/steps.js';

/** Takes a snapshot of the source into the bucket: itself, or through the source's operator. */
export const backUpSource = (
  steps: Steps,
  { lane, source, bucket }: Topology,
  drillId: string,
): Promise<TakenSnapshot> =>
  source.operator === undefined
    ? steps.takeSnapshot({ lane, drillId, source, destination: bucket.source })
    : steps.backUpByOperator({ lane, drillId, source, destination: bucket.source, readAs: bucket.target });
