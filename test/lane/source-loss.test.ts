import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../domain/json/canonical-json.js';
import { canaryApiPaths, canaryIn } from '../../domain/pair/canary.js';
import type { DrillReport } from '../../domain/report/report.js';
import type { PairSide, Topology } from '../../domain/pair/topology.js';
import { waitsForApproval } from '../support/lab.js';
import { type RealDrills, startRealDrills } from '../support/drills/real-drills.js';

const lane = 'local-loss';
const id = `dr-drill/${lane}`;

/** Looks through the clients' name with its own eyes and clock, and writes down which server's certificate it saw. */
const startObserver = (drills: RealDrills, topology: Topology) => {
  const over = new AbortController();
  const seen: { readonly at: number; readonly certificate: string }[] = [];
  const watching = (async () => {
    while (!over.signal.aborted) {
      const health = await drills.ports.sites
        .at(topology.clients)
        .then((openbao) => openbao.health())
        .catch(() => undefined);
      if (health?.status === 200) seen.push({ at: Date.now(), certificate: health.certificateSha256 });
      await delay(20);
    }
  })();
  return {
    seen,
    async stop() {
      over.abort();
      await watching;
    },
  };
};

const newestCanary = (drills: RealDrills, topology: Topology, at: PairSide, drillId: string) =>
  drills.ports.sites.withLogin(topology[at], topology.source.admin, async (session) =>
    canaryIn(await session.read(canaryApiPaths.roaming), drillId),
  );

describe('a drill that really loses its source', () => {
  let drills: RealDrills;
  let observer: ReturnType<typeof startObserver>;
  let report: DrillReport;
  const certificates: Partial<Record<PairSide, string>> = {};
  let writtenBeforeLoss = 0;
  let foundOnTarget = 0;
  let approvedAfterMs = 0;

  beforeAll(async () => {
    drills = await startRealDrills((steps, ports) => ({
      async loseSource(input) {
        const { topology, drillId } = input;
        for (const side of ['source', 'target'] as const) {
          certificates[side] = (await (await ports.sites.at(topology[side])).health()).certificateSha256;
        }
        observer = startObserver(drills, topology);
        writtenBeforeLoss = (await newestCanary(drills, topology, 'source', drillId))!.sequence;
        return steps.loseSource(input);
      },
      async verifyTarget(input) {
        foundOnTarget = (await newestCanary(drills, input.topology, 'target', input.drillId))!.sequence;
        return steps.verifyTarget(input);
      },
    }));
    await drills.start(id, {
      lane,
      disaster: 'source-loss',
      objectives: { rpoSeconds: 60, rtoSeconds: 120 },
    } as { lane: string });
    const waiting = await drills.until(id, 'the drill to wait', waitsForApproval);
    const since = Date.now();
    await delay(1_500);
    approvedAfterMs = Date.now() - since;
    await drills.signal(id, 'approveCutover', { approver: 'ann', evidence: waiting.evidence!.sha256 });
    report = await drills.finished(id);
    await observer.stop();
  }, 180_000);
  afterAll(() => drills[Symbol.asyncDispose]());

  it('passes, and gives the clients back to a source that was brought back', () => {
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(report).toMatchObject({ result: 'passed', cleanup: { outcome: 'succeeded' } });
    expect(report.phases.map(({ name }) => name)).toContain('disaster');
    expect(report.approvals).toMatchObject([{ approver: 'ann', evidenceSha256: report.decidedOn?.sha256 }]);
    expect(report.revert).toMatchObject({ to: 'source', writesAfterFence: 0 });
  });

  it('measures the recovery point as an observer sees it', () => {
    const { rpo } = report;
    expect(rpo?.lastRecovered.sequence).toBe(foundOnTarget);
    // Between the observer's look and the loss, the client may have written some more.
    expect(rpo?.lastAcknowledged.sequence).toBeGreaterThanOrEqual(writtenBeforeLoss);
    expect(rpo!.lastAcknowledged.sequence - writtenBeforeLoss).toBeLessThan(15);
    expect(rpo?.lostWrites).toBe(rpo!.lastAcknowledged.sequence - foundOnTarget);
    expect(rpo!.seconds).toBeGreaterThan(0);
  });

  it('measures the recovery time as an observer sees it, and sets the human wait apart', () => {
    const lastOfSource = observer.seen.find(({ certificate }) => certificate === certificates.target)!;
    const before = observer.seen.filter(
      ({ at, certificate }) => certificate === certificates.source && at < lastOfSource.at,
    );
    const observedSeconds = (lastOfSource.at - before.at(-1)!.at) / 1000;
    const { rto, cutover } = report;
    expect(Math.abs(rto!.totalSeconds - observedSeconds)).toBeLessThan(1);
    expect(Math.abs(cutover!.outageMs / 1000 - observedSeconds)).toBeLessThan(1);
    expect(rto!.humanWaitSeconds).toBeGreaterThanOrEqual(approvedAfterMs / 1000);
    expect(rto!.humanWaitSeconds).toBeLessThan(approvedAfterMs / 1000 + 2);
    expect(rto!.machineSeconds + rto!.humanWaitSeconds).toBeCloseTo(rto!.totalSeconds, 2);
  });

  it('leaves a report that verifies on another machine, with openssl alone', async () => {
    const folder = join(drills.stateDir, 'reports', report.drillId);
    const { evidence, ...signed } = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as DrillReport;
    await writeFile(join(folder, 'canonical.json'), canonicalJson(signed));
    await writeFile(join(folder, 'signature'), Buffer.from(evidence!.signature, 'base64'));
    await writeFile(join(folder, 'key.pem'), evidence!.publicKey);
    const { stdout } = await execa(
      'openssl',
      ['pkeyutl', '-verify', '-pubin', '-inkey', 'key.pem', '-rawin', '-in', 'canonical.json', '-sigfile', 'signature'],
      { cwd: folder },
    );
    expect(stdout).toContain('Signature Verified Successfully');
  });
});

describe('a target that somebody changes after the restore', () => {
  let drills: RealDrills;
  beforeAll(async () => {
    drills = await startRealDrills((steps, ports) => ({
      async compareStores(input) {
        const { target, source } = input.topology;
        await ports.sites.withLogin(target, source.admin, (session) =>
          session.write('secret/data/smuggled', { data: { value: 1 } }),
        );
        return steps.compareStores(input);
      },
    }));
  });
  afterAll(() => drills[Symbol.asyncDispose]());

  it('fails the drill, which names the mount and the count and asks nobody', async () => {
    await drills.start('dr-drill/local-changed', { lane: 'local-changed' });
    const changed = await drills.finished('dr-drill/local-changed');
    expect(changed).toMatchObject({ result: 'failed', approvals: [], equality: { equal: false } });
    const equality = changed.checks.find(({ name }) => name === 'store-equality');
    expect(equality).toMatchObject({ outcome: 'failed', observed: expect.stringMatching(/secret\/.*added/) as string });
  }, 120_000);
});

describe('a source whose fence does not hold', () => {
  let drills: RealDrills;
  beforeAll(async () => {
    drills = await startRealDrills((steps, ports) => ({
      async fenceSite(input) {
        const fenced = await steps.fenceSite(input);
        // As an edge that somebody restarts with its old routes.
        if (input.site === 'source') await ports.lanes.open(input.topology.lane).edges.liftFence('source');
        return fenced;
      },
    }));
  });
  afterAll(() => drills[Symbol.asyncDispose]());

  it('fails the drill as a split brain: a stubborn client was still served', async () => {
    await drills.start('dr-drill/local-split', { lane: 'local-split' });
    await drills.until('dr-drill/local-split', 'the drill to wait', waitsForApproval);
    await drills.signal('dr-drill/local-split', 'approveCutover', { approver: 'ann' });
    const split = await drills.finished('dr-drill/local-split');
    expect(split.result).toBe('failed');
    expect(split.cutover!.writesAfterFence).toBeGreaterThan(0);
    expect(split.checks.find(({ name }) => name === 'no-write-after-fence')?.outcome).toBe('failed');
  }, 120_000);
});
