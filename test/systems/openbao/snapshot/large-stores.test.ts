/** Stores with far more mounts than a payload of Temporal holds: what is told of them stays small. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { jsonBytes, largestResultBytes } from '../../../../domain/contract/payload-size.js';
import { nameGroups } from '../../../../domain/snapshot/store-equality.js';
import { compareSnapshots } from '../../../../systems/openbao/snapshot/compare-snapshots.js';
import { inspectSnapshot } from '../../../../systems/openbao/snapshot/inspect-snapshot.js';
import { openSnapshot } from '../../../../systems/openbao/snapshot/open-snapshot.js';
import { archiveOf, entry, membersOf, streamOf } from './archives.js';

/** As OpenBao's ids look, and the same in each run. */
const idOf = (number: number): string => {
  const hex = createHash('md5').update(String(number)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

const archive = (keys: readonly string[]): Buffer =>
  archiveOf(membersOf(Buffer.concat([...keys].sort().map((key) => entry(key, 'value')))));

const stores = {
  '50,000 mounts': Array.from({ length: 50_000 }, (_, at) => `logical/${idOf(at)}/metadata`),
  '10,000 namespaces': Array.from({ length: 10_000 }, (_, at) => idOf(at)).flatMap((id) => [
    `namespaces/${id}/core/mounts`,
    `namespaces/${id}/logical/${id}/policy`,
    `namespaces/${id}/sys/policy/default`,
  ]),
};

describe.each(Object.entries(stores))('a store of %s', (_, keys) => {
  const bytes = archive(keys);

  it('has an inspection that a step may answer, and counts what it does not list', async () => {
    const { inspection } = await inspectSnapshot(streamOf(bytes));
    expect(inspection.entries).toBe(keys.length);
    expect(inspection.groups.length).toBe(1000);
    const { otherGroups } = inspection;
    expect(inspection.groups.reduce((sum, { entries }) => sum + entries, otherGroups?.entries ?? 0)).toBe(keys.length);
    expect(jsonBytes(inspection)).toBeLessThan(200_000);
  });

  it('has a comparison that a step may answer, also with long paths of mounts', async () => {
    const [source, target] = [openSnapshot(streamOf(bytes)), openSnapshot(streamOf(bytes))];
    const comparison = await compareSnapshots({ source: source.entries, target: target.entries });
    await Promise.all([source.summary, target.summary]);
    expect(comparison.equal).toBe(true);
    expect(jsonBytes(comparison)).toBeLessThan(300_000);
    const paths = new Map(comparison.groups.map(({ name }) => [name, `${'long/'.repeat(2_000)}`]));
    expect(jsonBytes(nameGroups(comparison, paths))).toBeLessThan(largestResultBytes);
  });
});

describe('a store of more groups than any has', () => {
  it('has those past a limit counted together, in memory that stays flat', async () => {
    const keys = Array.from({ length: 130_000 }, (_, at) => at.toString(36).padStart(4, '0'));
    const { inspection } = await inspectSnapshot(streamOf(archive(keys)));
    expect(inspection.entries).toBe(130_000);
    expect(inspection.groups.find(({ name }) => name === '(others)')?.entries).toBe(30_000);
    expect(inspection.otherGroups?.groups).toBe(99_001);
  });
});
