/** Formats times, sizes and counts for people: the only place that puts a unit after a number. */

const two = (value: number): string => String(value).padStart(2, '0');

/** `340 ms`, `8.4 s`, `2 min 05 s`, `3 h 10 min`, `2 d 04 h`. Negative times become 0. */
export const describeSeconds = (seconds: number): string => {
  const ms = Math.round(Math.max(0, seconds) * 1000);
  if (ms > 0 && ms < 1000) return `${ms} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
};

/** Like {@link describeSeconds}, for milliseconds. */
export const describeMs = (ms: number): string => describeSeconds(ms / 1000);

/** The time from one ISO 8601 time to another. */
export const describeSpan = (from: string, to: string): string => describeMs(Date.parse(to) - Date.parse(from));

/** Labels the marks of an axis, which are whole: `0`, `15 s`, `2 min`, `1:30 min`, `3 h`. */
export const describeTick = (seconds: number): string => {
  if (seconds === 0) return '0';
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  const rest = Math.round(seconds % 60);
  return `${Math.floor(seconds / 60)}${rest === 0 ? '' : `:${two(rest)}`} min`;
};

/** `512 bytes`, `120.6 KiB`. */
export const describeBytes = (bytes: number): string => {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const;
  if (bytes < 1024) return exactBytes(bytes);
  // A value that would show as 1024.0 of a unit shows as 1.0 of the next.
  const power = units.findIndex((_, at) => bytes / 1024 ** (at + 1) < 1023.95);
  const at = power === -1 ? units.length - 1 : power;
  return `${(bytes / 1024 ** (at + 1)).toFixed(1)} ${units[at]}`;
};

/** `123,456 bytes`: for a claim about one particular object. */
export const exactBytes = (bytes: number): string => countOf(bytes, 'byte');

/** `120.6 KiB (123,456 bytes)`. */
export const describeExactBytes = (bytes: number): string =>
  bytes < 1024 ? exactBytes(bytes) : `${describeBytes(bytes)} (${exactBytes(bytes)})`;

/** `1 write`, `2 writes`, `12,345 entries`. */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${groupDigits(count)} ${count === 1 ? one : many}`;

/** `12,345`. */
export const groupDigits = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
