import type { OwnSeals } from '../pair/safeguards/sealed-namespaces.js';

/** A file beside a report, too large to be part of it. */
export interface KeptFile {
  /** In the report's folder. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface StoreGroup {
  readonly name: string;
  readonly entries: number;
  readonly sizeBytes: number;
}

/** The content of a snapshot that is readable without a key: names of mounts and paths of leases, and no value. */
export interface SnapshotInspection {
  /** Raft index and term the snapshot was taken at. */
  readonly index: number;
  readonly term: number;
  readonly peers: readonly SnapshotPeer[];
  /** OpenBao versions that ever ran on this store, oldest first; the last is normally the one that took the snapshot. */
  readonly openbaoVersions: readonly string[];
  readonly seal: {
    /** Like `transit` or `shamir`; undefined if the store does not show it. */
    readonly type?: string;
    /** Version of the seal key that sealed the checksums, like `v1`. */
    readonly keyVersion?: string;
  };
  readonly entries: number;
  readonly stateBytes: number;
  /** Entries by {@link storeGroup}, sorted by name: the largest 1,000. */
  readonly groups: readonly StoreGroup[];
  /** The smaller groups that are not listed, counted together. */
  readonly otherGroups?: {
    readonly groups: number;
    readonly entries: number;
    readonly sizeBytes: number;
    /** The file beside the report in which a drill lists all groups. */
    readonly listedIn?: KeptFile;
  };
  readonly leases: {
    readonly total: number;
    /** Leases of logins: they end with their token and touch no other system. */
    readonly login: number;
    /** Leases of dynamic secrets: a restored target would revoke them against real systems. */
    readonly dynamic: number;
    /** Leases by the path that issued them, largest number first, at most 50 paths. */
    readonly paths: readonly { readonly path: string; readonly count: number }[];
  };
  /** Namespaces with a seal of their own: restored, they stay sealed until the holders of their keys unseal them. */
  readonly ownSeals?: OwnSeals;
  /** Plugins that are registered in the store's catalog, by type and name, at most 50 named: a target needs their programs. */
  readonly plugins?: { readonly total: number; readonly names: readonly string[] };
}

export interface SnapshotPeer {
  readonly id: string;
  readonly address: string;
  readonly suffrage: 'voter' | 'nonvoter' | 'staging' | 'unknown';
}

const mounted = /^((?:namespaces\/[^/]+\/)?(?:logical|auth)\/[^/]+)\//;

/**
 * The part of a store a key belongs to: one mount (`logical/<uuid>`, `auth/<uuid>`, with `namespaces/<uuid>/` before it in
 * a namespace), or the first two parts of the path (`sys/token`, `core/leader`), or its first (`core` for `core/lock`).
 */
export const storeGroup = (key: string): string => {
  const mount = mounted.exec(key)?.[1];
  if (mount !== undefined) return mount;
  const parts = key.split('/');
  return parts.length > 2 ? `${parts[0]}/${parts[1]}` : (parts[0] ?? key);
};
