/** Returns true, from its first call for as long as the patience lasts: the step may be tried again. */
export const withinPatience = (seconds: number): (() => boolean) => {
  let since: number | undefined;
  return () => {
    since ??= Date.now();
    return Date.now() - since < seconds * 1000;
  };
};
