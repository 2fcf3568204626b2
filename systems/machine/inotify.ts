/** Limits on watching files. Containers share them with the machine, and every node of a cluster in containers needs some. */
import { readSystemFile } from './system-file.js';

/** Names as sysctl has them. */
export const inotifyLimits = ['fs.inotify.max_user_instances', 'fs.inotify.max_user_watches'] as const;
export type InotifyLimit = (typeof inotifyLimits)[number];

/** The limits of one user. `undefined` on a system without them, like macOS. */
export const readInotifyLimit = async (limit: InotifyLimit, proc = '/proc'): Promise<number | undefined> => {
  const text = await readSystemFile(`${proc}/sys/${limit.replaceAll('.', '/')}`);
  return text === undefined || !/^\d+\s*$/.test(text) ? undefined : Number(text);
};
