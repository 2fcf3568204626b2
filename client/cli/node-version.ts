/** Checks the version of Node.js. It imports nothing, so that an old version can still run it. */

/** The lowest version of Node.js that every dependency runs on. */
const lowest = [20, 19] as const;

/**
 * The problem of a version of Node.js, and what to do; undefined if this program runs on it.
 *
 * @param version as `process.version` has it: `v20.19.0`.
 */
export const describeOldNode = (version: string): string | undefined => {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > lowest[0] || (major === lowest[0] && minor >= lowest[1])) return undefined;
  return `Node.js ${lowest.join('.')} or newer is needed, and this is ${version}: install it, then run \`npm ci\` again.`;
};
