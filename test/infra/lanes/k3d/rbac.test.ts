import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { leastPermissions } from '../../../../systems/openbao-operator/permissions.js';
import { describePermission, distinctPermissions, type Permission } from '../../../../domain/pair/permissions.js';
import { adoptableParts } from '../../../../domain/plan/plan.js';
import type { OperatorAccess, PairSide, SiteName } from '../../../../domain/pair/topology.js';
import {
  contextName,
  edge,
  edgeNamespace,
  restoreRole,
  secrets,
  sideName,
  siteNames,
} from '../../../../infra/lanes/k3d/names.js';
import { neededAccess } from '../../../../infra/lanes/k3d/needed-access.js';
import { type Cluster, createCluster, type KubernetesObject } from '../../../../systems/kubernetes/cluster.js';
import { findLab } from '../../../systems/kubernetes/support.js';
import { optionsFor } from './test-lane.js';

/** What is asked of an API server, in words: `get pods on log named a in a-namespace`. */
const question = (words: string): Permission => {
  const [, verb = '', resource = '', subresource, name, namespace] =
    /^(\S+) (\/?[^ /:]+(?:\/\S+)?)(?: on (\S+))?(?: named (\S+))?(?: in (\S+))?$/.exec(words) ?? [];
  return {
    verb,
    resource,
    ...(subresource !== undefined && { subresource }),
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
};

const readObjects = async (file: string): Promise<readonly KubernetesObject[]> => {
  const text = await readFile(new URL(`../../../../infra/lanes/k3d/rbac/${file}`, import.meta.url), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
};

const drill = await readObjects('drill.yaml');
const lane = await readObjects('lane.yaml');

/** As `kubectl apply -l` chooses them. */
const drillIn = (site: SiteName): readonly KubernetesObject[] =>
  drill.filter(({ metadata }) => metadata.labels?.[`openbao-dr/in-${site}`] !== undefined);
const laneThatAdoptsTheOperator = lane.filter(
  ({ metadata }) => metadata.labels?.['openbao-dr/installs-operator'] === undefined,
);

interface KubeConfig {
  readonly contexts: readonly { readonly name: string; readonly context: { readonly user: string } }[];
  readonly users: readonly { readonly name: string; readonly user: object }[];
}

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** As the API server's own authorizer reads roles: enough of it for what these files have in them. */
const allows = (objects: readonly KubernetesObject[], asked: Permission): boolean => {
  const [plural = '', ...group] = asked.resource.split('.');
  const resource = asked.subresource === undefined ? plural : `${plural}/${asked.subresource}`;
  const matches = ({ apiGroups = [], resources = [], resourceNames, nonResourceURLs = [], verbs }: Rule): boolean =>
    verbs.includes(asked.verb) &&
    (asked.resource.startsWith('/')
      ? nonResourceURLs.includes(asked.resource)
      : apiGroups.includes(group.join('.')) &&
        resources.includes(resource) &&
        (resourceNames === undefined || (asked.name !== undefined && resourceNames.includes(asked.name))));
  return objects
    .filter(({ kind }) => kind === 'RoleBinding' || kind === 'ClusterRoleBinding')
    .filter(({ kind, metadata }) => kind === 'ClusterRoleBinding' || metadata.namespace === asked.namespace)
    .flatMap(({ metadata, ...binding }) => {
      const { kind, name } = binding['roleRef'] as { kind: string; name: string };
      const role = objects.find(
        (object) =>
          object.kind === kind &&
          object.metadata.name === name &&
          (kind === 'ClusterRole' || object.metadata.namespace === metadata.namespace),
      );
      return (role?.['rules'] ?? []) as readonly Rule[];
    })
    .some(matches);
};

const access = (side: PairSide): OperatorAccess => ({
  context: contextName(side),
  namespace: sideName(side),
  cluster: sideName(side),
  storage: {
    endpoint: '',
    region: 'us-east-1',
    bucket: 'openbao-dr-backups',
    forcePathStyle: true,
    credentialsSecret: secrets.storage,
    pathPrefix: '',
  },
  restoreRole,
  jobImage: 'an image of the Job',
});

/** All that preflight asks for in one cluster, of a drill that does everything a plan can ask for. */
const askedIn = (site: SiteName): readonly Permission[] => {
  const options = optionsFor({ adopt: [...adoptableParts], hostAddress: '127.0.0.1' });
  const ofLane = neededAccess({ lane: 'k3d', options }).filter((needed) => needed.site === site);
  return distinctPermissions([
    ...(site === 'infra' ? [] : leastPermissions(site, access(site), true)),
    ...ofLane.flatMap(({ permissions }) => permissions),
  ]);
};

/** Every single thing that the roles of a drill allow in one cluster. */
const grantedIn = (site: SiteName): readonly Permission[] =>
  drillIn(site).flatMap(({ metadata: { namespace }, ...role }) =>
    ((role['rules'] ?? []) as readonly Rule[]).flatMap(
      ({ verbs, apiGroups = [], resources = [], resourceNames = [undefined], nonResourceURLs = [] }) =>
        verbs.flatMap((verb): readonly Permission[] => [
          ...nonResourceURLs.map((resource) => ({ verb, resource })),
          ...apiGroups.flatMap((group) =>
            resources.flatMap((path) =>
              resourceNames.map((name) => {
                const [plural = '', subresource] = path.split('/');
                const resource = group === '' ? plural : `${plural}.${group}`;
                return {
                  verb,
                  resource,
                  ...(name !== undefined && { name }),
                  ...(subresource !== undefined && { subresource }),
                  ...(namespace !== undefined && { namespace }),
                };
              }),
            ),
          ),
        ]),
    ),
  );

/** What is allowed of all may be asked for of one. */
const isPartOf = (asked: Permission, { name = asked.name, ...granted }: Permission): boolean =>
  describePermission({ ...granted, ...(name !== undefined && { name }) }) === describePermission(asked);

const ofDrill: Readonly<Record<SiteName, { readonly may: readonly string[]; readonly mayNot: readonly string[] }>> = {
  infra: {
    may: [
      'get tlsroutes.gateway.networking.k8s.io named clients in openbao-dr-clients',
      'patch tlsroutes.gateway.networking.k8s.io named clients in openbao-dr-clients',
    ],
    mayNot: [
      'get secrets named openbao-seal in openbao-dr-infra',
      'patch tlsroutes.gateway.networking.k8s.io named openbao in openbao-dr-edge',
      'patch deployments.apps on scale named traefik in openbao-dr-edge',
      'delete pods in openbao-dr-infra',
    ],
  },
  source: {
    may: [
      'patch openbaoclusters.openbao.org named openbaocluster-dr-source in openbaocluster-dr-source',
      'list jobs.batch in openbaocluster-dr-source',
      'get pods on log in openbaocluster-dr-source',
      'patch statefulsets.apps on scale named openbaocluster-dr-source in openbaocluster-dr-source',
      'patch deployments.apps on scale named traefik in openbao-dr-edge',
      'list pods in openbao-dr-edge',
      'get gateways.gateway.networking.k8s.io named openbao-dr in openbao-dr-edge',
      'list tlsroutes.gateway.networking.k8s.io in openbao-dr-edge',
      'create serviceaccounts on token named openbaocluster-dr-source-backup-serviceaccount in openbaocluster-dr-source',
    ],
    mayNot: [
      'create serviceaccounts on token named openbaocluster-dr-source-restore-serviceaccount in openbaocluster-dr-source',
      'patch deployments.apps on scale named openbao-operator-controller in openbao-operator-system',
      'patch openbaoclusters.openbao.org on status named openbaocluster-dr-source in openbaocluster-dr-source',
      'patch openbaoclusters.openbao.org named another in openbaocluster-dr-source',
      'get secrets named transit-seal in openbaocluster-dr-source',
      'get secrets named openbaocluster-dr-source-tls-ca in openbaocluster-dr-source',
      'create openbaorestores.openbao.org in openbaocluster-dr-source',
      'restore openbaoclusters.openbao.org named openbaocluster-dr-source in openbaocluster-dr-source',
      'create serviceaccounts on token named openbaocluster-dr-source-serviceaccount in openbaocluster-dr-source',
      'patch statefulsets.apps named openbaocluster-dr-source in openbaocluster-dr-source',
      'delete openbaoclusters.openbao.org named openbaocluster-dr-source in openbaocluster-dr-source',
      'create pods on exec in openbaocluster-dr-source',
      'delete namespaces named openbaocluster-dr-source',
    ],
  },
  target: {
    may: [
      'create openbaorestores.openbao.org in openbaocluster-dr-target',
      'restore openbaoclusters.openbao.org named openbaocluster-dr-target in openbaocluster-dr-target',
      'patch openbaoclusters.openbao.org named openbaocluster-dr-target in openbaocluster-dr-target',
      'patch statefulsets.apps on scale named openbaocluster-dr-target in openbaocluster-dr-target',
      'get secrets named rustfs-secret in openbaocluster-dr-target',
      'get customresourcedefinitions.apiextensions.k8s.io named openbaorestores.openbao.org',
      'get /openid/v1/jwks',
      'create serviceaccounts on token named openbaocluster-dr-target-restore-serviceaccount in openbaocluster-dr-target',
    ],
    mayNot: [
      'get secrets named transit-seal in openbaocluster-dr-target',
      'delete openbaoclusters.openbao.org named openbaocluster-dr-target in openbaocluster-dr-target',
      'patch openbaoclusters.openbao.org on status named openbaocluster-dr-target in openbaocluster-dr-target',
      'restore openbaoclusters.openbao.org named another in openbaocluster-dr-target',
      'restore openbaoclusters.openbao.org named openbaocluster-dr-target in openbaocluster-dr-source',
      'create serviceaccounts on token in openbaocluster-dr-target',
      'create deployments.apps in openbaocluster-dr-target',
      'list secrets in openbaocluster-dr-target',
      'get customresourcedefinitions.apiextensions.k8s.io named another',
      'escalate clusterroles.rbac.authorization.k8s.io',
    ],
  },
};

const ofLane = {
  may: [
    'create namespaces',
    'patch customresourcedefinitions.apiextensions.k8s.io',
    'create openbaoclusters.openbao.org in openbaocluster-dr-source',
    'usecustomexecutables openbaoclusters.openbao.org named openbaocluster-dr-source in openbaocluster-dr-source',
    'patch openbaoclusters.openbao.org in openbaocluster-dr-source',
    'patch openbaoclusters.openbao.org on status in openbaocluster-dr-source',
    'patch statefulsets.apps on scale in openbaocluster-dr-source',
    'list jobs.batch in openbaocluster-dr-source',
    'list pods in openbao-dr-edge',
    'delete persistentvolumeclaims in openbaocluster-dr-target',
    'list deployments.apps',
    'patch deployments.apps on scale in openbao-dr-edge',
    'delete gatewayclasses.gateway.networking.k8s.io',
  ],
  mayNot: [
    'create openbaorestores.openbao.org in openbaocluster-dr-target',
    'restore openbaoclusters.openbao.org named openbaocluster-dr-target in openbaocluster-dr-target',
    'create pods on exec in openbao-dr-infra',
    'create serviceaccounts on token in openbaocluster-dr-source',
    'escalate clusterroles.rbac.authorization.k8s.io',
    'bind clusterroles.rbac.authorization.k8s.io',
    'impersonate serviceaccounts',
    'delete nodes',
  ],
};

describe('the roles of a drill', () => {
  it.each(siteNames)('let it do what its steps do in %s, all of which preflight asks for, and no more', (site) => {
    const asked = askedIn(site);
    const missing = asked.filter((permission) => !allows(drillIn(site), permission));
    expect(missing.map(describePermission)).toEqual([]);
    const more = grantedIn(site).filter((granted) => !asked.some((permission) => isPartOf(permission, granted)));
    expect(more.map(describePermission)).toEqual([]);
  });

  it.each(siteNames)('let it do in %s what it must, and nothing that it must not', (site) => {
    const { may, mayNot } = ofDrill[site];
    expect(may.filter((words) => !allows(drillIn(site), question(words)))).toEqual([]);
    expect(mayNot.filter((words) => allows(drillIn(site), question(words)))).toEqual([]);
  });

  it('are of one namespace each, but for what is of none', () => {
    const wide = drill.filter(({ kind }) => kind === 'ClusterRole').flatMap(({ rules }) => rules as readonly Rule[]);
    for (const { resources = [], resourceNames = [], verbs } of wide) {
      expect(verbs).toEqual(['get']);
      expect(resources.length === 0 || resourceNames.length > 0).toBe(true);
    }
  });

  it('all say where they belong, and which role they bind is there as well', () => {
    for (const site of siteNames) {
      const names = drillIn(site).map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`);
      for (const name of names.filter((text) => text.startsWith('RoleBinding'))) {
        expect(names).toContain(name.replace('RoleBinding', 'Role'));
      }
    }
    const placed = new Set(siteNames.flatMap(drillIn));
    expect(drill.filter((object) => !placed.has(object))).toEqual([]);
  });
});

describe('the roles of a lane', () => {
  it('let it make and remove a lane, and nothing that is for its drills or for administrators', () => {
    const allowed = (words: string): boolean => allows(laneThatAdoptsTheOperator, question(words));
    expect(ofLane.may.filter((words) => !allowed(words))).toEqual([]);
    expect(ofLane.mayNot.filter(allowed)).toEqual([]);
  });

  it('hand out rights it does not have only where it installs the operator', () => {
    expect(allows(lane, question('escalate clusterroles.rbac.authorization.k8s.io'))).toBe(true);
  });
});

const lab = await findLab();
const skipped = lab.kubeconfig === undefined ? ` (skipped: ${lab.reason})` : '';

describe.skipIf(lab.kubeconfig === undefined)(`on a real API server${skipped}`, () => {
  // Names of its own: what somebody may have there under the published ones stays as it is.
  const { env: environment } = process;
  const mark = `rbac-tests-${randomBytes(4).toString('hex')}`;
  const spaceOf = (namespace: string): string => `${mark}-${namespace}`;
  let folder: string;
  let cluster: Cluster;
  let made: readonly KubernetesObject[];

  const renamed = (object: KubernetesObject): KubernetesObject => {
    const { kind, metadata } = object;
    const wide = kind === 'ClusterRole' || kind === 'ClusterRoleBinding';
    const name = kind === 'Namespace' ? spaceOf(metadata.name) : wide ? `${mark}-${metadata.name}` : metadata.name;
    const roleRef = object['roleRef'] as { kind: string; name: string } | undefined;
    const subjects = object['subjects'] as readonly { namespace: string }[] | undefined;
    return {
      ...object,
      metadata: {
        name,
        ...(metadata.namespace !== undefined && { namespace: spaceOf(metadata.namespace) }),
      },
      ...(roleRef !== undefined && {
        roleRef: { ...roleRef, name: roleRef.kind === 'ClusterRole' ? `${mark}-${roleRef.name}` : roleRef.name },
      }),
      ...(subjects !== undefined && {
        subjects: subjects.map((subject) => ({ ...subject, namespace: spaceOf(subject.namespace) })),
      }),
    };
  };

  /** The cluster, as one of the two identities is let into it. */
  const as = (who: 'drill' | 'lane'): Cluster => {
    if (lab.kubeconfig === undefined) throw new Error('there is no API server');
    return createCluster({ ...lab, kubeconfig: join(folder, who), context: who, environment, folder });
  };

  const writeIdentity = async (who: 'drill' | 'lane', kubeconfig: string): Promise<void> => {
    const config = parse(await readFile(kubeconfig, 'utf8')) as KubeConfig;
    const { context } = config.contexts.find(({ name }) => name === contextName('source'))!;
    const { user } = config.users.find(({ name }) => name === context.user)!;
    const identity = {
      as: `system:serviceaccount:${spaceOf('openbao-dr')}:${who}`,
      'as-groups': ['system:serviceaccounts', 'system:authenticated'],
    };
    const own = {
      ...config,
      users: [{ name: who, user: { ...user, ...identity } }],
      contexts: [{ name: who, context: { ...context, user: who } }],
    };
    await writeFile(join(folder, who), stringify(own), { mode: 0o600 });
  };

  /** As preflight asks. */
  const canI = async (who: 'drill' | 'lane', { namespace, ...permission }: Permission): Promise<boolean> =>
    permission.resource.startsWith('/')
      ? as(who)
          .raw(permission.resource)
          .then(() => true)
      : as(who).canI({ ...permission, ...(namespace !== undefined && { namespace: spaceOf(namespace) }) });

  const answersTo = async (who: 'drill' | 'lane', questions: readonly string[]): Promise<readonly string[]> => {
    const answers: string[] = [];
    // One after another: each is a process.
    for (const words of questions) answers.push(`${(await canI(who, question(words))) ? 'may' : 'may not'} ${words}`);
    return answers;
  };

  beforeAll(async () => {
    if (lab.kubeconfig === undefined) return;
    folder = await mkdtemp(join(tmpdir(), 'openbao-dr-rbac-'));
    const { kubectl, kubeconfig } = lab;
    const context = contextName('source');
    cluster = createCluster({ kubectl, kubeconfig, context, environment, folder });
    await Promise.all([writeIdentity('drill', kubeconfig), writeIdentity('lane', kubeconfig)]);
    const objects = [...drill, ...laneThatAdoptsTheOperator].map(renamed);
    const namespaces = [
      ...new Set(objects.map(({ metadata }) => metadata.namespace).filter((name) => name !== undefined)),
    ];
    made = [
      ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      ...objects.filter(({ kind }) => kind !== 'Namespace'),
    ];
    await cluster.apply(made);
  }, 120_000);
  afterAll(async () => {
    if (lab.kubeconfig === undefined) return;
    const plural: Readonly<Record<string, string>> = {
      Namespace: 'namespaces',
      ClusterRole: 'clusterroles.rbac.authorization.k8s.io',
      ClusterRoleBinding: 'clusterrolebindings.rbac.authorization.k8s.io',
    };
    for (const { kind, metadata } of made) {
      const resource = plural[kind];
      if (resource !== undefined) await cluster.remove({ kind: resource, name: metadata.name }, { wait: false });
    }
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  const may = [...ofDrill.infra.may, ...ofDrill.source.may, ...ofDrill.target.may];
  const mayNot = [...ofDrill.infra.mayNot, ...ofDrill.source.mayNot, ...ofDrill.target.mayNot].filter(
    // In one cluster the sides' roles are all there: what only another side's edge may is not to be told apart.
    (words) => !words.includes('scale named traefik'),
  );

  it('a drill may do what it must, and nothing that it must not', { timeout: 180_000 }, async () => {
    expect(await answersTo('drill', may)).toEqual(may.map((words) => `may ${words}`));
    expect(await answersTo('drill', mayNot)).toEqual(mayNot.map((words) => `may not ${words}`));
  });

  it('a drill may do all that preflight asks for', { timeout: 180_000 }, async () => {
    const refused: string[] = [];
    for (const permission of siteNames.flatMap(askedIn)) {
      if (!(await canI('drill', permission))) refused.push(describePermission(permission));
    }
    expect(refused).toEqual([]);
  });

  it('a drill may scale what it may, which kubectl reads before', async () => {
    const namespace = spaceOf(edgeNamespace);
    const labels = { app: 'edge' };
    await cluster.apply([
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: edge.deployment, namespace },
        spec: {
          replicas: 0,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'edge', image: 'of.nobody/at-all' }] } },
        },
      },
    ]);
    await as('drill').scale({ kind: 'deployments.apps', name: edge.deployment, namespace }, 0);
  });

  it('a lane may be made and removed, and nothing else', { timeout: 180_000 }, async () => {
    expect(await answersTo('lane', ofLane.may)).toEqual(ofLane.may.map((words) => `may ${words}`));
    expect(await answersTo('lane', ofLane.mayNot)).toEqual(ofLane.mayNot.map((words) => `may not ${words}`));
  });
});
