/**
 * Names a drill so that names sort by age.
 *
 * @param startedAt ISO 8601.
 * @param runId of its workflow. The id uses its end, because its beginning is a time, too, and stays the same for a minute.
 */
export const drillIdOf = (startedAt: string, runId: string): string =>
  `${startedAt.replace(/\.\d+Z$/, 'Z').replaceAll(/[-:]/g, '')}-${runId.slice(-8)}`;
