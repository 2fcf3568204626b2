/** Times and sizes as people read them in a report. */

/** `340 ms`, `8.4 s`, `2 min 05 s`, `3 h 10 min`. */
export const describeSeconds = (seconds: number): string => {
  if (seconds > 0 && seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${(Math.round(Math.max(0, seconds) * 10) / 10).toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
};

/** `512 bytes`, `120.6 KiB`. */
export const describeBytes = (bytes: number): string => {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
};

/** `1 write`, `2 writes`, `12,345 entries`. */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${groupDigits(count)} ${count === 1 ? one : many}`;

/** `12,345`. */
export const groupDigits = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
