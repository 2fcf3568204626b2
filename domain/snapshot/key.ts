/**
 * Object key of a snapshot, in the operator's form: `<namespace>/<cluster>/<UTC time, ":" as "-">-<8 hex>.snap`. Here the
 * namespace is the cluster's name, as in the published lane.
 */
export const snapshotKey = (clusterName: string, takenAt: Date, suffix: string): string =>
  `${clusterName}/${clusterName}/${takenAt
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')}-${suffix}.snap`;
