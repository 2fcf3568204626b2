/**
 * Whole drills through an operator, on real servers: the local lane's OpenBao, edges and bucket, and for each side a real API
 * server with the operator's stand-in. The lane says of both sides that they have an operator; nothing of the program knows.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { createSettleOperatorBackup } from '../../../activities/backup/settle-operator-backup.js';
import { createRestoreByOperator } from '../../../activities/restore/restore-by-operator.js';
import type { ActivityPorts } from '../../../activities/ports/activity-ports.js';
import {
  baseline,
  type OperatorAccess,
  type PairSide,
  type PairSite,
  type Topology,
} from '../../../domain/pair/topology.js';
import { materialRef } from '../../../infra/lanes/made/lane-materials.js';
import { trustUser } from '../../../infra/lanes/made/set-up/set-up-site.js';
import { writePrivateFile } from '../../../systems/files/private-file.js';
import type { Cluster } from '../../../systems/kubernetes/cluster.js';
import type { OpenBao, OpenBaoSession } from '../../../systems/openbao/api/client.js';
import { addressOf, type ApiServerAddress, type ApiServers, openApiServers } from './api-servers.js';
import { type DrillIdentity, identityObjects, kubeconfigOf, tokenOfIdentity } from '../operator/identities.js';
import {
  jobImage,
  type OperatorOnApiServer,
  startOperatorOnApiServer,
  storageSecret,
} from '../operator/on-api-server.js';
import { trustOperator } from '../operator/trust.js';
import { type RealDrills, startRealDrills } from '../drills/real-drills.js';

export interface OperatorDrills extends AsyncDisposable, Readonly<Record<PairSide, OperatorOnApiServer>> {
  readonly drills: RealDrills;
  /** What a test changes between two drills, or does before a step. */
  readonly hooks: {
    /** Contexts of the drill's kubeconfig. Default: those of the identity with the published roles. */
    identity: string;
    beforeBackup: () => Promise<void>;
    beforeRestore: () => Promise<void>;
  };
  /** Runs a command line as an administrator types it, in a shell, where kubectl has the contexts that a drill names. */
  shell(line: string): Promise<string>;
  /** Tokens of the identities, by their context. Secret. */
  readonly tokens: ReadonlyMap<string, string>;
  /** The lane as it was provisioned last. */
  topology(): Topology;
}

const sides = ['source', 'target'] as const;

/** One with the published roles, and one that lacks a verb of them. */
const identities: readonly DrillIdentity[] = [{ name: 'drill' }, { name: 'short', lacks: 'create openbaorestores' }];

/** Found by the lane's set-up, which is in the middle of nowhere near here: see {@link initialiseByOperator}. */
let clustersInUse: Readonly<Record<PairSide, Cluster>> | undefined;

/** What an operator does when it initialises a server; the lane has a root token then, and at no other time. */
export const initialiseByOperator = async (root: OpenBaoSession, side: PairSide): Promise<void> => {
  if (clustersInUse === undefined) throw new Error('no operators were started');
  const name = baseline.clusterNames[side];
  await root.write('sys/auth/userpass', { type: 'userpass' });
  await trustOperator(root, clustersInUse[side], { namespace: name, cluster: name });
};

export const startOperatorDrills = async (servers: ApiServers): Promise<OperatorDrills> => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-operator-'));
  const clusters = await openApiServers(servers);
  clustersInUse = clusters;
  let topology: Topology | undefined;
  const lane = (): Topology => {
    if (topology === undefined) throw new Error('the lane is not up');
    return topology;
  };
  const openbaoOf = (side: PairSide): Promise<OpenBao> => drills.ports.sites.at(lane()[side]);

  const addresses = {} as Record<PairSide, ApiServerAddress>;
  const start = async (side: PairSide): Promise<OperatorOnApiServer> => {
    addresses[side] = await addressOf(servers, servers.contexts[side]);
    const objects = (await Promise.all(identities.map((one) => identityObjects(side, one)))).flat();
    const { host } = addresses[side];
    return startOperatorOnApiServer({ cluster: clusters[side], side, host, objects, openbao: () => openbaoOf(side) });
  };
  const [source, target] = await Promise.all(sides.map(start));
  const operators = { source: source!, target: target! };

  const tokens = new Map<string, string>();
  for (const { name } of identities) {
    for (const side of sides) tokens.set(`${name}-${side}`, await tokenOfIdentity(clusters[side], name));
  }
  const kubeconfig = join(folder, 'kubeconfig');
  await writePrivateFile(
    kubeconfig,
    kubeconfigOf([...tokens].map(([context, token]) => ({ context, token, address: addresses[sideIn(context)] }))),
  );

  const hooks: OperatorDrills['hooks'] = {
    identity: 'drill',
    beforeBackup: async () => undefined,
    beforeRestore: async () => undefined,
  };
  const manage = async (ports: ActivityPorts, found: Topology): Promise<Topology> => {
    const managed = {
      ...found,
      source: {
        ...withOperator(found, 'source', hooks.identity),
        trust: { username: trustUser, password: materialRef(found.lane, 'trust') },
      },
      target: withOperator(found, 'target', hooks.identity),
    } as Topology;
    topology = managed;
    for (const side of sides) {
      const { accessKeyId, secretAccessKey } = found.bucket[side];
      const keys = {
        accessKeyId: await ports.materials.read(accessKeyId!),
        secretAccessKey: await ports.materials.read(secretAccessKey!),
      };
      await operators[side].manage(found.bucket[side], keys);
    }
    return managed;
  };

  const drills = await startRealDrills(
    (steps, ports) => {
      const settle = createSettleOperatorBackup(ports, { lagMs: 20_000 });
      const restore = createRestoreByOperator(ports, { lockPatienceMs: 6_000 });
      return {
        provisionLane: async (input) => ({
          topology: await manage(ports, (await steps.provisionLane(input)).topology),
        }),
        async backUpByOperator(input) {
          await hooks.beforeBackup();
          return steps.backUpByOperator(input);
        },
        async restoreByOperator(input) {
          await hooks.beforeRestore();
          return restore(input);
        },
        settleOperatorBackup: settle,
      };
    },
    {
      patienceMs: 300_000,
      environment: {
        PATH: process.env['PATH'] ?? '',
        KUBECONFIG: kubeconfig,
        OPENBAO_DR_KUBECTL: servers.kubectl,
      },
    },
  );

  return {
    ...operators,
    drills,
    hooks,
    tokens,
    topology: lane,
    async shell(line) {
      const named = [...tokens.keys()].reduce(
        (text, context) => text.replaceAll(`--context ${context} `, `--context ${servers.contexts[sideIn(context)]} `),
        line.replace(/^kubectl /, `${servers.kubectl} --kubeconfig ${servers.kubeconfig} `),
      );
      return (await execa('/bin/sh', ['-c', named])).stdout;
    },
    async [Symbol.asyncDispose]() {
      await drills[Symbol.asyncDispose]();
      await Promise.all(sides.map((side) => operators[side][Symbol.asyncDispose]()));
      clustersInUse = undefined;
      await clusters[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const sideIn = (context: string): PairSide => (context.endsWith('-source') ? 'source' : 'target');

const withOperator = (topology: Topology, side: PairSide, identity: string): PairSite => {
  const { endpoint, region, name: bucket, forcePathStyle } = topology.bucket[side];
  const operator: OperatorAccess = {
    context: `${identity}-${side}`,
    namespace: baseline.clusterNames[side],
    cluster: baseline.clusterNames[side],
    // Jobs run in this process: they reach the bucket as everybody here does.
    storage: { endpoint, region, bucket, forcePathStyle, credentialsSecret: storageSecret, pathPrefix: '' },
    restoreRole: 'openbao-operator-restore',
    jobImage,
  };
  return { ...topology[side], operator };
};
