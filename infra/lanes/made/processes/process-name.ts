/** What a lane that is made of processes calls them. */
export const serverNames = ['infra', 'source', 'target'] as const;
export type ServerName = (typeof serverNames)[number];
export const edgeNames = [...serverNames, 'clients'] as const;
export type EdgeName = (typeof edgeNames)[number];
export type ProcessName = `bao-${ServerName}` | `edge-${EdgeName}` | 'storage';
