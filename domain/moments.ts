/** Formats times of day for people, always in UTC. */

/** `2 Jan 2026, 03:04:05 UTC`; other text than an ISO time in UTC stays as it is. */
export const moment = (time: string): string => sayMoment(time, 'second');

/** `2 Jan 2026, 03:04:05.6 UTC`. */
export const exactMoment = (time: string): string => sayMoment(time, 'tenth');

/** `2 Jan 2026, 03:04:05 to 03:09:00 UTC`; with both days if they differ. */
export const period = (from: string, to: string): string => sayPeriod(from, to, 'second');

/** `2 Jan 2026, 03:04:05.6 to 03:04:09.0 UTC`. */
export const exactPeriod = (from: string, to: string): string => sayPeriod(from, to, 'tenth');

/** `03:04:05.6`, from an ISO time in UTC. */
export const clock = (time: string): string => /T(\d\d:\d\d:\d\d(?:\.\d)?)/.exec(time)?.[1] ?? time;

type Precision = 'second' | 'tenth';

const sayMoment = (time: string, precision: Precision): string => {
  const [, year, month, day, seconds, tenth = ''] =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(\.\d)?\d*Z$/.exec(time) ?? [];
  const name = months[Number(month) - 1];
  return year === undefined || name === undefined || seconds === undefined
    ? time
    : `${Number(day)} ${name} ${year}, ${seconds}${precision === 'tenth' ? tenth : ''} UTC`;
};

const sayPeriod = (from: string, to: string, precision: Precision): string => {
  const [begin, end] = [sayMoment(from, precision), sayMoment(to, precision)];
  return from.slice(0, 10) === to.slice(0, 10)
    ? `${begin.replace(/ UTC$/, '')} to ${end.replace(/^.*, /, '')}`
    : `${begin} to ${end}`;
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
