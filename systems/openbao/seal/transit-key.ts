/** A Transit key by its place. */
export interface TransitKey {
  /** Without slashes around it. */
  readonly mountPath: string;
  readonly keyName: string;
}
