/** Where OpenBao gives and takes snapshots: the path of its API, which policies name as well. */
export const snapshotPath = 'sys/storage/raft/snapshot';
