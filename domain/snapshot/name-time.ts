/**
 * When a snapshot was taken, as its name says. Each program that takes snapshots writes the time in its own way, some without a time
 * zone, and a bucket that was copied has lost every other trace of it.
 */

export interface NameTime {
  /** ISO 8601, to the second. The last moment that the name can mean: the end of the day where it has no time of day. */
  readonly at: string;
  /** `unstated`: the name has no time zone, and was read as UTC. */
  readonly zone: 'stated' | 'unstated';
}

/**
 * `2026-11-27T03-00-00Z` (the operator), `2026-11-27-0300` (the snapshot agent and the chart's `snapshotAgent`), `2026-11-27T03-00-00Z+0100`
 * (vault-raft-snapshot-agent), `20261127_030000`, `2026-11-27`: what scripts write with `date`.
 */
const calendar =
  /(?<!\d)(20\d\d)([-_.]?)(\d\d)\2(\d\d)(?:[T_ .-]?(\d\d)[-:._h]?(\d\d)(?:[-:._]?(\d\d)(?:[.,]\d{1,9})?)?(Z?[+-]\d\d:?\d\d(?![\da-z])|Z)?)?(?!\d)/gi;

/** Seconds, milliseconds, microseconds or nanoseconds since 1970: `raft_snapshot-1795748400000000000`. */
const epoch = /(?<!\d)(1[5-9]\d{8})(?:\d{3}|\d{6}|\d{9})?(?!\d)/;

/** Undefined for a name without a date. */
export const timeInName = (key: string): NameTime | undefined => {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const dates = [...name.matchAll(calendar)].map(readCalendar).filter((date) => date !== undefined);
  const exact = dates.find(({ wholeDay }) => !wholeDay);
  if (exact !== undefined) return exact.time;
  const [, seconds] = epoch.exec(name) ?? [];
  if (seconds !== undefined) return { at: isoSeconds(Number(seconds) * 1000), zone: 'stated' };
  return dates[0]?.time;
};

interface ReadDate {
  readonly time: NameTime;
  readonly wholeDay: boolean;
}

const readCalendar = (match: RegExpMatchArray): ReadDate | undefined => {
  const [, year = '', , month = '', day = '', hours, minutes, seconds, zone] = match;
  const wholeDay = hours === undefined || minutes === undefined;
  const [h, m, s] = wholeDay ? [23, 59, 59] : [Number(hours), Number(minutes), Number(seconds ?? 0)];
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), h, m, s);
  // A date that does not exist rolls over: the 31st of November is the 1st of December.
  const exists = isoSeconds(local).startsWith(`${year}-${month}-${day}`) && h < 24 && m < 60 && s < 60;
  if (!exists) return undefined;
  return {
    time: { at: isoSeconds(local - offsetMs(zone)), zone: zone === undefined ? 'unstated' : 'stated' },
    wholeDay,
  };
};

/** `Z`, `+01:00`, `-0530`, or `Z+0100`, in which the `Z` means nothing. */
const offsetMs = (zone: string | undefined): number => {
  const [, sign, hours = 0, minutes = 0] = /([+-])(\d\d):?(\d\d)$/.exec(zone ?? '') ?? [];
  const size = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? -size : size;
};

const isoSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
