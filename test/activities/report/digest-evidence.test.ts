import { expect, it } from 'vitest';
import { createDigestEvidence, type DigestEvidenceInput } from '../../../activities/report/digest-evidence.js';
import { exampleReport } from '../../domain/report/example-report.js';
import { runActivity } from '../support.js';

const { drillId, plan, checks, snapshot } = exampleReport();
const evidence: DigestEvidenceInput = { drillId, plan, checks, snapshot: snapshot! };
const digest = (input: DigestEvidenceInput) => runActivity(createDigestEvidence(), input);

it('is the same for the same evidence, in whatever order its fields were written', async () => {
  expect(await digest(evidence)).toMatch(/^[0-9a-f]{64}$/);
  expect(await digest({ snapshot: evidence.snapshot, checks, plan, drillId })).toBe(await digest(evidence));
});

it('is another when a check or the snapshot is another', async () => {
  const [first, ...others] = checks;
  const changed = [
    { ...evidence, checks: [{ ...first!, observed: 'something else' }, ...others] },
    { ...evidence, snapshot: { ...evidence.snapshot, sizeBytes: 1 } },
  ];
  const digests = await Promise.all([evidence, ...changed].map(digest));
  expect(new Set(digests).size).toBe(3);
});
