/** The API path of OpenBao's snapshots, which policies name as well. */
export const snapshotPath = 'sys/storage/raft/snapshot';
