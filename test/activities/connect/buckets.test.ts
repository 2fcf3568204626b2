import { expect, it } from 'vitest';
import { createBuckets } from '../../../activities/connect/buckets.js';
import { createObjectStore } from '../../../systems/object-store/client.js';
import { exampleTopology } from '../../support/drills/example-topology.js';

const topology = exampleTopology();

const open = (): { buckets: ReturnType<typeof createBuckets>; closed: () => number } => {
  let closed = 0;
  const buckets = createBuckets({
    references: { read: async (ref) => `${ref} resolved` },
    connect: (options) => {
      const store = createObjectStore(options);
      return { ...store, close: () => ((closed += 1), store.close()) };
    },
  });
  return { buckets, closed: () => closed };
};

it('closes a bucket once the step has ended', async () => {
  const { buckets, closed } = open();
  expect(await buckets.with(topology.bucket.source, async () => closed())).toBe(0);
  expect(closed()).toBe(1);
});

it('closes a bucket once the step has failed', async () => {
  const { buckets, closed } = open();
  const failure = new Error('the step failed');
  await expect(buckets.with(topology.bucket.source, async () => Promise.reject(failure))).rejects.toBe(failure);
  expect(closed()).toBe(1);
});
