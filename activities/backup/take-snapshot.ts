import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createHash, randomBytes } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import { type Check, check } from '../../domain/checks.js';
import type { Snapshot } from '../../domain/report.js';
import { snapshotKey } from '../../domain/snapshot-key.js';
import type { Bucket, SourceSite } from '../../domain/topology.js';
import { createArchiveInspector } from '../../systems/openbao/archive-check.js';
import type { ActivityPorts } from '../ports.js';

export interface TakeSnapshotInput {
  readonly source: SourceSite;
  readonly destination: Bucket;
}

export interface TakenSnapshot {
  readonly snapshot: Snapshot;
  /** `archive-integrity`. */
  readonly check: Check;
}
