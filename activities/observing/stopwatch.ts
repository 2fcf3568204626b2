/** Makes a watch that returns how long a state has lasted without a break, in milliseconds. */
export const stopwatch = (): ((isSo: boolean) => number) => {
  let since: number | undefined;
  return (isSo) => {
    since = isSo ? (since ?? Date.now()) : undefined;
    return since === undefined ? 0 : Date.now() - since;
  };
};
