/** Clusters that a lane has adopted and that are gone when the lane is to go: what it made there cannot be removed. */
import { isKnownFailure, KnownFailure } from '../../../../domain/known-failure.js';
import type { SiteName } from '../../../../domain/pair/topology.js';
import { isShut, pairSides } from '../../made/record/lane-sides.js';
import { clusterOf, currentRecord, type LaneContext } from '../lane-context.js';
import type { K3dLaneRecord } from '../lane-record.js';
import { contextName, operatorNamespace, operatorRelease, siteNames } from '../names.js';
import { laneSelector } from './own-objects.js';

/** Which clusters, each with the failure that says why. */
export type OutOfReach = ReadonlyMap<SiteName, KnownFailure>;

/** An identity that is refused is not among them: its cluster is there, and a login can be renewed. */
const reasons: Readonly<Record<string, string>> = {
  KubernetesContextMissing: 'is not in the kubeconfig',
  KubernetesUnreachable: 'does not answer',
  KubernetesCertificateRefused: 'is answered by a server that does not prove to be it',
};

const whyOf = ({ type }: KnownFailure): string => reasons[type] ?? type;

/** Clusters that k3d made are not asked: k3d removes them, whether they answer or not. */
export const findOutOfReach = async (context: LaneContext): Promise<OutOfReach> => {
  if (!context.options.adopt.includes('clusters')) return new Map();
  const { parts } = await currentRecord(context);
  const looks = siteNames
    .filter((site) => parts[`cluster-${site}`] !== undefined)
    .map(async (site) => {
      const failure = await failureOf(context, site);
      return failure === undefined ? [] : [[site, failure] as const];
    });
  return new Map((await Promise.all(looks)).flat());
};

const failureOf = async (context: LaneContext, site: SiteName): Promise<KnownFailure | undefined> => {
  try {
    await (await clusterOf(context, site)).versions({ signal: context.signal });
    return undefined;
  } catch (error) {
    if (isKnownFailure(error) && Object.hasOwn(reasons, error.type)) return error;
    throw error;
  }
};

/** @throws KnownFailure `ClusterOutOfReach` (a retry may help if one only does not answer), naming each context. */
export const assertAllInReach = ({ lane }: Pick<LaneContext, 'lane'>, outOfReach: OutOfReach): void => {
  if (outOfReach.size === 0) return;
  const contexts = [...outOfReach].map(([site, failure]) => `${contextName(site)}, which ${whyOf(failure)}`);
  throw new KnownFailure(
    'ClusterOutOfReach',
    `Lane ${lane} cannot be removed from ${contexts.join(', and from ')}: bring the cluster back, or have what was in it forgotten with "openbao-dr down ${lane} --forget-missing"`,
    { retryable: [...outOfReach.values()].every(({ retryable }) => retryable) },
  );
};

/** Says in one line for each cluster what is left there, and how to find it, should the cluster come back. */
export const tellWhatIsLeft = async (context: LaneContext, outOfReach: OutOfReach): Promise<void> => {
  const record = await currentRecord(context);
  for (const [site, failure] of outOfReach) {
    const made = madeIn(record, site);
    const shut = pairSides.find((side) => side === site && isShut(record, side));
    context.progress(
      `${site}: left in ${contextName(site)}, which ${whyOf(failure)}: ${made.length === 0 ? 'nothing of its own' : made.join(', ')}` +
        `${shut === undefined ? '' : '; its edge is shut'}; should it come back, what is this lane's there has the label ${laneSelector(context)}` +
        (made.includes(`operator-${site}`)
          ? `, but for its operator: the Helm release ${operatorRelease} in ${operatorNamespace}`
          : ''),
    );
  }
};

const madeIn = ({ parts }: K3dLaneRecord, site: SiteName): readonly string[] =>
  Object.entries(parts)
    .filter(([part, state]) => state !== 'adopted' && siteOf(part) === site)
    .map(([part]) => part);

/** The clients' edge and Transit are infra's. */
const siteOf = (part: string): SiteName | undefined =>
  siteNames.find((site) => part.endsWith(`-${site}`)) ??
  (part === 'gateway-clients' || part === 'transit' ? 'infra' : undefined);
