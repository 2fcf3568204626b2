/** The bucket of a lane, and which of the lane's keys a side has for it. */
import type { PairSide } from '../../../domain/pair/topology.js';
import type { LaneMaterial } from './lane-materials.js';

/** What serves it: SeaweedFS or RustFS as a process, or RustFS in a container. */
export type StorageKind = 'weed' | 'rustfs' | 'container';

export const bucketRegion = 'us-east-1';

/** Names of the key and the secret that a side has: SeaweedFS gives each its own; RustFS starts with one, which both share. */
export const bucketMaterials = (
  storage: StorageKind,
  side: PairSide,
): readonly [key: LaneMaterial, secret: LaneMaterial] => {
  if (storage !== 'weed') return ['bucketOwnerKey', 'bucketOwnerSecret'];
  return side === 'source' ? ['bucketSourceKey', 'bucketSourceSecret'] : ['bucketTargetKey', 'bucketTargetSecret'];
};
