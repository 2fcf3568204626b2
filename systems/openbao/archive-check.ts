/**
 * Reads a snapshot archive as it streams past, and lets it end only if it is whole. OpenBao answers 200 before it knows
 * whether saving succeeds, so a snapshot is only worth keeping once its own checksums were recomputed.
 *
 * Format: gzip of a tar with `meta.json` (hashicorp/raft's SnapshotMeta), `state.bin`, `SHA256SUMS` (a line for each of
 * the two, in any order) and `SHA256SUMS.sealed` (the same, encrypted by the seal), as in OpenBao's
 * `physical/raft/snapshot/archive.go`.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
