/**
 * What a comparison of two snapshots found, entry by entry: every key with the SHA-256 of its (encrypted) value. Two stores
 * that are equal here are equal in every engine and every value, and nothing was decrypted to see it.
 */
export interface StoreComparison {
  /** No difference but those that {@link volatileKeys} explains. */
  readonly equal: boolean;
  readonly entries: { readonly source: number; readonly target: number };
  /** By `storeGroup`, sorted by name; those that differ first if there are more than 1,000. */
  readonly groups: readonly StoreGroupComparison[];
  /** Keys of OpenBao's own that differ without an explanation, at most 50; absent if there is none. Their names hold no secret. */
  readonly core?: readonly CoreDifference[];
  /** Differences that are expected, by the pattern that explains them. */
  readonly explained: readonly { readonly pattern: string; readonly reason: string; readonly count: number }[];
}

export interface CoreDifference {
  readonly key: string;
  /** Other value, only in the source, only in the target. */
  readonly difference: 'changed' | 'missing' | 'added';
}

export interface StoreGroupComparison {
  readonly name: string;
  /** Entries in the source's snapshot, without the volatile ones. */
  readonly entries: number;
  /**
   * Of the source's entries but the volatile ones, in the order of their keys: SHA-256 over, for each, the key's length (four
   * bytes, big-endian), the key and the SHA-256 of its value. Hex.
   */
  readonly sha256: string;
  /** Unexplained differences: other value, only in the source, only in the target. */
  readonly changed: number;
  readonly missing: number;
  readonly added: number;
}
