/** Whole drills on a k3d lane of real clusters that were there before it, and a hand of one's own in those clusters. */
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { Check } from '../../../domain/run/checks.js';
import type { ProvisionRequest } from '../../../activities/ports/provisioning.js';
import { parsePlan } from '../../../domain/plan/plan-schema.js';
import type { DrillReport } from '../../../domain/report/report.js';
import { findK3dLab, type K3dLab, publishInfra } from './k3d-lab.js';
import { type Interference, type RealDrills, startRealDrills } from '../drills/real-drills.js';
import { recordHistory } from '../drills/record-history.js';
import { decodeHistory, readMaterials, readTree, secretsIn } from '../secrets.js';

export const lane = 'k3d';
export const namespaceOf = (side: 'source' | 'target'): string => `openbaocluster-dr-${side}`;

/** What a plan may say beside its lane. */
export interface K3dPlan {
  readonly k3d?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export interface K3dDrills extends AsyncDisposable {
  readonly drills: RealDrills;
  readonly lab: K3dLab;
  /** Runs kubectl in one cluster; answers what it printed. */
  kubectl(site: string, args: readonly string[], input?: unknown): Promise<string>;
  /** One object, parsed. */
  read(site: string, args: readonly string[]): Promise<Record<string, unknown>>;
  /** What `up` asks of the lane, unless told otherwise: what drills ask of it by the same plan. */
  request(more?: K3dPlan & { readonly freshTarget?: boolean; readonly inUse?: boolean }): ProvisionRequest;
  /** Names a drill and starts it. */
  start(plan?: K3dPlan): Promise<string>;
  /** Runs a drill on a lane that is, or gets, whole: to its report, approved as soon as it waits. Searches what it leaves for secrets. */
  run(plan?: K3dPlan, record?: string): Promise<DrillReport>;
}

/** The clusters, and what to add to a name of tests that are skipped without them. */
export const findClusters = async (): Promise<{ readonly lab: K3dLab | undefined; readonly why: string }> => {
  const found = await findK3dLab();
  if (typeof found !== 'string') return { lab: found, why: '' };
  process.stderr.write(`No drill on Kubernetes: ${found}\n`);
  return { lab: undefined, why: ` (skipped: ${found})` };
};

export const failedOf = ({ checks }: DrillReport): readonly Check[] =>
  checks.filter(({ outcome }) => outcome === 'failed');
export const checkOf = ({ checks }: DrillReport, wanted: string): Check | undefined =>
  checks.find(({ name }) => name === wanted);

/**
 * Temporal, a worker, and what k3d would publish. The lane is made by the first drill, and taken down at the end.
 *
 * @param lab undefined is answered by a failure: whoever calls has skipped its tests.
 */
export const startK3dDrills = async (
  lab: K3dLab | undefined,
  {
    adopt = ['clusters', 'operator'],
    interfere,
  }: { readonly adopt?: readonly string[]; interfere?: Interference } = {},
): Promise<K3dDrills> => {
  if (lab === undefined) throw new Error('there are no clusters');
  const published = await publishInfra(lab);
  const drills = await startRealDrills(interfere, {
    patienceMs: 10 * 60_000,
    environment: {
      PATH: process.env['PATH'] ?? '',
      KUBECONFIG: lab.kubeconfig,
      OPENBAO_DR_KUBECTL: lab.kubectl,
      // The lab may be anywhere that this machine reaches.
      OPENBAO_DR_ALLOWED_ADDRESSES: lab.hostAddress,
      OPENBAO_DR_ALLOWED_IMAGES: Object.values(lab.images).join(','),
      ...(lab.gatewayDefinitions !== undefined && { OPENBAO_DR_GATEWAY_CRDS: lab.gatewayDefinitions }),
      ...(process.env['OPENBAO_DR_RUSTFS'] !== undefined && { OPENBAO_DR_RUSTFS: process.env['OPENBAO_DR_RUSTFS'] }),
    },
  }).catch(async (error: unknown) => {
    await published[Symbol.asyncDispose]();
    throw error;
  });
  const options = { adopt, hostAddress: lab.hostAddress, storage: 'process', images: lab.images };
  let count = 0;

  const kubectl: K3dDrills['kubectl'] = async (site, args, input) => {
    const where = ['--kubeconfig', lab.kubeconfig, '--context', `k3d-openbao-dr-${site}`];
    const piped = typeof input === 'string' ? input : JSON.stringify(input);
    return (await execa(lab.kubectl, [...where, ...args], input === undefined ? {} : { input: piped })).stdout;
  };

  const planWith = ({ k3d = {}, ...more }: K3dPlan = {}) => ({
    lane,
    teardown: 'never',
    ...more,
    k3d: { ...options, ...k3d },
  });

  const start: K3dDrills['start'] = async (plan) => {
    count += 1;
    const id = `dr-drill/${lane}-${count}`;
    await drills.start(id, planWith(plan));
    return id;
  };

  /** In what stays of a drill, and in what programs that it ran have kept. */
  const expectNoSecrets = async (id: string, drillId: string): Promise<void> => {
    const secrets = await readMaterials(join(drills.stateDir, 'lanes', lane));
    expect(secrets.size).toBeGreaterThan(15);
    const history = historyToJSON(await drills.temporal.client.workflow.getHandle(id).fetchHistory());
    const [report, kept] = await Promise.all([
      readTree(join(drills.stateDir, 'reports', drillId)),
      readTree(join(drills.stateDir, 'kubectl')),
    ]);
    expect(secretsIn(decodeHistory(history), secrets), 'history').toEqual([]);
    expect(secretsIn(report, secrets), 'report').toEqual([]);
    expect(secretsIn(kept, secrets), "kubectl's folder").toEqual([]);
  };

  return {
    drills,
    lab,
    kubectl,
    read: async (site, args) =>
      JSON.parse(await kubectl(site, [...args, '--output', 'json'])) as Record<string, unknown>,
    request: ({ freshTarget = false, inUse = false, ...plan } = {}) => ({
      owner: 'up',
      options: parsePlan(planWith(plan)),
      freshTarget,
      inUse,
    }),
    start,
    run: async (plan, record) => {
      const id = await start(plan);
      const report = await drills.approved(id);
      process.stderr.write(`${report.drillId} ${report.result}: ${report.reason}\n`);
      if (record !== undefined && process.env['OPENBAO_DR_RECORD'] === '1') await recordHistory(drills, record, id);
      await expectNoSecrets(id, report.drillId);
      for (const { name, startedAt, endedAt = startedAt } of report.phases) {
        process.stderr.write(`${report.drillId} ${name} ${(Date.parse(endedAt) - Date.parse(startedAt)) / 1000} s\n`);
      }
      return report;
    },
    async [Symbol.asyncDispose]() {
      try {
        await drills[Symbol.asyncDispose]();
      } finally {
        await published[Symbol.asyncDispose]();
      }
    },
  };
};
