/** How a room is kept from the world, and what may be restored into one that is not. */
import { KnownFailure } from '../known-failure.js';

/** `sealed`: namespaces of its own. `open`: this machine's own network. */
export const roomKinds = ['sealed', 'open'] as const;

export type RoomKind = (typeof roomKinds)[number];

/** What is known of a snapshot without its key, of what would act on the world once it is restored. */
export interface ActingParts {
  /** Leases of dynamic secrets, which the copy revokes as they end. */
  readonly dynamicLeases: number;
  /** Database roles, rotation jobs and other entries of engines that act by themselves, by the name of their part. */
  readonly engines: readonly string[];
  /** An engine's type is encrypted in its mount table: these may be of any. */
  readonly unknownMounts?: number;
}

/**
 * Returns if the snapshot may be restored into a room of this kind.
 *
 * @param acceptRisk what the administrator has written of the risk; repeated in the report.
 * @throws KnownFailure `RoomNotAllowed`: it would revoke or rotate in the real world.
 */
export const assertRoomAllowed = (kind: RoomKind, parts: ActingParts, acceptRisk?: string): void => {
  if (kind !== 'open' || (acceptRisk !== undefined && acceptRisk.trim() !== '')) return;
  const acting = [
    ...(parts.dynamicLeases > 0
      ? [`${parts.dynamicLeases} dynamic ${parts.dynamicLeases === 1 ? 'lease' : 'leases'}`]
      : []),
    ...parts.engines,
    ...((parts.unknownMounts ?? 0) > 0 ? [`${parts.unknownMounts} mounts that may be of any engine`] : []),
  ];
  if (acting.length === 0) return;
  throw new KnownFailure(
    'RoomNotAllowed',
    `In an open room the copy could act on the world as if it were the original (${acting.join(', ')}): restore it in a sealed room, or write in acceptRisk why this one may.`,
  );
};
