/** Answers, for as long as the patience lasts from when it is first asked, that something may be tried again. */
export const withinPatience = (seconds: number): (() => boolean) => {
  let since: number | undefined;
  return () => {
    since ??= Date.now();
    return Date.now() - since < seconds * 1000;
  };
};
