import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createInspectArchive } from '../../../activities/inspect/inspect-archive.js';
import type { Buckets } from '../../../activities/ports/buckets.js';
import type { Snapshot } from '../../../domain/report/report.js';
import { createReportStore } from '../../../infra/state/report-store.js';
import { openStateFolder } from '../../../infra/state/state-folder.js';
import type { ObjectStore } from '../../../systems/object-store/client.js';
import { exampleTopology } from '../../support/drills/example-topology.js';
import { archiveOf, entry, membersOf, streamOf } from '../../systems/openbao/snapshot/archives.js';
import { runActivity } from '../support.js';

const topology = exampleTopology();

const mounts = 1_500;
const keys = Array.from({ length: mounts }, (_, at) => `logical/${String(at).padStart(36, '0')}/metadata`);
const archive = archiveOf(membersOf(Buffer.concat(keys.map((key) => entry(key, 'value')))));

/** A bucket with this archive in it, whatever is asked for. */
const buckets: Buckets = {
  with: (_, step) =>
    step({
      download: async () => ({ body: streamOf(archive), sizeBytes: archive.length, etag: '' }),
    } as unknown as ObjectStore),
};

it('lists all parts of a store beside the report when they are too many for it, bound by size and digest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-inspect-'));
  try {
    const stateFolder = await openStateFolder(join(folder, 'state'));
    const inspect = createInspectArchive({ buckets, reports: createReportStore(stateFolder) });
    const sha256 = createHash('sha256').update(archive).digest('hex');
    const snapshot: Snapshot = { key: 'a.snap', sizeBytes: archive.length, sha256, takenAt: '', index: 1 };
    const input = { bucket: topology.bucket.target, snapshot, drillId: 'drill-1' };
    const { otherGroups, groups } = (await runActivity(inspect, input)).inspection;
    expect(groups).toHaveLength(1_000);
    expect(otherGroups).toMatchObject({ groups: mounts - 1_000, listedIn: { name: 'inspection.json' } });
    const kept = await readFile(join(stateFolder.reports, 'drill-1', 'inspection.json'));
    const { listedIn } = otherGroups!;
    expect(listedIn?.sizeBytes).toBe(kept.length);
    expect(listedIn?.sha256).toBe(createHash('sha256').update(kept).digest('hex'));
    const listed = JSON.parse(kept.toString()) as { groups: readonly { name: string }[] };
    expect(listed.groups.map(({ name }) => name)).toEqual(keys.map((key) => key.replace('/metadata', '')));

    // As a run that an earlier version began asks.
    const earlier = { bucket: input.bucket, snapshot };
    expect((await runActivity(inspect, earlier)).inspection.otherGroups).not.toHaveProperty('listedIn');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
