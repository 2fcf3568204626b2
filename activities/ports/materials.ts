/** Resolves references to what must not travel through a history. */
export interface Materials {
  /**
   * @throws KnownFailure `MaterialMissing` naming the reference.
   */
  read(ref: `lane:${string}`): Promise<string>;
  write(ref: `lane:${string}`, value: string): Promise<void>;
}
