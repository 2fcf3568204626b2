/** Who the programs in the lane's containers are: this user, so that files of mode 0600 here can be read in there. */

/** Of the images that this project builds. */
const imageUser = '10001:10001';

/**
 * Answers `uid:gid`.
 *
 * @param user absent ids: a system that has none.
 * @param rootless the engine runs as this user, and maps root in its containers to it.
 */
export const containerUser = (
  { uid, gid }: { readonly uid?: number | undefined; readonly gid?: number | undefined },
  rootless: boolean,
): string => {
  if (rootless) return '0:0';
  // No program in there is root, whoever starts it.
  return uid === undefined || gid === undefined || uid === 0 ? imageUser : `${uid}:${gid}`;
};
