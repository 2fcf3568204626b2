/** Times of day as a report shows them, always in UTC. */

/** `2 Jan 2026, 03:04:05 UTC`; the text as it is when it is no ISO time in UTC. */
export const moment = (time: string): string => {
  const [, year, month, day, clock] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(time) ?? [];
  const name = months[Number(month) - 1];
  return year === undefined || name === undefined || clock === undefined
    ? time
    : `${Number(day)} ${name} ${year}, ${clock} UTC`;
};

/** `2 Jan 2026, 03:04:05 to 03:09:00 UTC`; with both days if they are not the same. */
export const period = (from: string, to: string): string =>
  from.slice(0, 10) === to.slice(0, 10)
    ? `${moment(from).replace(/ UTC$/, '')} to ${moment(to).replace(/^.*, /, '')}`
    : `${moment(from)} to ${moment(to)}`;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `03:04:05.6`, of an ISO time in UTC. */
export const clock = (time: string): string => /T(\d\d:\d\d:\d\d(?:\.\d)?)/.exec(time)?.[1] ?? time;
