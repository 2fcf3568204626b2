/**
 * The result of a comparison of two snapshots, entry by entry: every key with the SHA-256 of its (encrypted) value. Stores that
 * are equal here are equal in every engine and every value, and the comparison decrypts nothing.
 */
export interface StoreComparison {
  /** True: {@link volatileKeys} explains every difference. */
  readonly equal: boolean;
  readonly entries: { readonly source: number; readonly target: number };
  /** Sorted by name, by `storeGroup`; of more than 1,000 groups, those that differ come first. */
  readonly groups: readonly StoreGroupComparison[];
  /** Keys of OpenBao's own that differ without an explanation, at most 50; absent if there is none. Their names hold no secret. */
  readonly core?: readonly CoreDifference[];
  /** Expected differences, by the pattern that explains them. */
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
   * SHA-256 over the source's entries without the volatile ones, in the order of their keys: for each, the key's length (four
   * bytes, big-endian), the key and the SHA-256 of its value. Hex.
   */
  readonly sha256: string;
  /** Unexplained differences: other value, only in the source, only in the target. */
  readonly changed: number;
  readonly missing: number;
  readonly added: number;
}
