/** Programs of the operator's own that move the clients. A plan can only name them. */
export interface CutoverCommands {
  /**
   * Path of the program that may be run under this name.
   *
   * @throws KnownFailure `CutoverCommandsOff`: no folder was named.
   * @throws KnownFailure `CutoverCommandMissing`: the folder holds no such program.
   * @throws KnownFailure `CutoverCommandNotSafe`: it is elsewhere, not executable, or others may change it.
   */
  resolve(name: string): Promise<string>;
  /** Where what the programs print during a drill is kept (0600). */
  logFile(drillId: string): Promise<string>;
  /** The sign that a program of this lane's moves runs, whichever worker runs it. */
  signFile(lane: string): string;
}
