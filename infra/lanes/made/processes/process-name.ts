/** What a lane that is made of processes calls them. */
import type { EdgeName, ServerName } from '../names.js';

export type ProcessName = `bao-${ServerName}` | `edge-${EdgeName}` | 'storage';
