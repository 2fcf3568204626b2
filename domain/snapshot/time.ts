import { timeInName } from './name-time.js';

/** When a snapshot was taken, as its key in the bucket says: ISO 8601; undefined for a key without a time, or without its time zone. */
export const snapshotTime = (key: string): string | undefined => {
  const time = timeInName(key);
  return time?.zone === 'stated' ? time.at : undefined;
};
