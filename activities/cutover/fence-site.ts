import { cancellationSignal } from '@temporalio/activity';
import { type Check, check } from '../../domain/run/checks.js';
import { KnownFailure } from '../../domain/known-failure.js';
import type { Fenced } from '../ports/lane-facets.js';
import type { Lane } from '../ports/lane.js';
import { baseline, type PairSide, type Topology } from '../../domain/pair/topology.js';
import { type HeldConnection, holdConnection, type HeldWrite } from '../../systems/openbao/api/held-connection.js';
import { thisRun } from '../holding.js';
import { forSeconds } from '../observing/observe-check.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { lookAtEdge } from '../observing/site-refuses.js';

export interface FenceSiteInput {
  readonly topology: Topology;
  readonly drillId: string;
  readonly site: PairSide;
  /** Clients wait for their service: the fence is made and looked at from outside, and not proved any further. Default: false. */
  readonly atOnce?: boolean;
}

export interface FencedSite {
  /** ISO 8601: nothing passed the site's edge from then on. */
  readonly fencedAt: string;
  /** The site served nobody before it could be fenced: it is lost, and no connection could prove the fence. */
  readonly wasGone?: boolean;
  /** `source-fenced`; only of the source. */
  readonly check?: Check;
}

/** Where the probe writes, in the HTTP API (KV version 2). Nothing else of a drill is there. */
const probePath = `${baseline.markerMount}/data/dr-fence-probe`;

/**
 * Fences a site whose clients wait for their service: the fence is looked at from outside, and proved no further. Safe to repeat.
 *
 * @throws KnownFailure `FenceDoesNotHold`: its edge still answers. Clients must not be sent to the other side.
 */
export const shutSite = async (
  lane: Pick<Lane, 'edges'>,
  { topology, site }: Pick<FenceSiteInput, 'topology' | 'site'>,
  signal: AbortSignal,
): Promise<Fenced> => {
  const { fencedAt } = await lane.edges.fence(site, signal);
  const edge = await lookAtEdge(topology, site);
  if (edge.answers) throw doesNotHold(site, 'there was no time to hold a connection from before', edge.observed);
  return { fencedAt };
};

/**
 * Fences a site, and proves it. Before the fence, a client logs in and writes over a connection that it keeps, which is the
 * kind that a change of routes leaves alone. After it, that very connection may not get a write through, and the site's edge
 * has to refuse new ones, whether they ask for the site's name or for the clients'.
 *
 * Safe to repeat: the time is that of the first attempt. An attempt that comes after it can hold no connection from before
 * the fence, says so, and proves the rest. So does one of a site that served nobody any more: that is lost, which is what one
 * fails over for.
 *
 * @throws KnownFailure `FenceDoesNotHold`: a probe got through. Clients must not be sent to the other side.
 */
export const createFenceSite = ({ lanes, materials }: Pick<ActivityPorts, 'lanes' | 'materials'>) => {
  /** Fails when the write is not acknowledged: a connection that never worked proves nothing by not working later. */
  const holdOpen = async ({ topology, drillId, site }: FenceSiteInput): Promise<HeldConnection> => {
    const { address, serverName, ca } = topology[site];
    // Whose data a site serves decides its logins: after the restore, the target has the source's.
    const { username, password } = topology.source.admin;
    const held = holdConnection({ address, serverName, caPem: await materials.read(ca) });
    try {
      await held.logIn({ username, password: await materials.read(password) });
      const written = await held.write(probePath, probe(drillId, 'before the fence'));
      if (written.outcome === 'acknowledged') return held;
      throw new KnownFailure(
        servesNobody(written) ? 'OpenBaoUnavailable' : 'ProbeNotWritten',
        `A write before the fence ${describeWrite(written)}`,
        { retryable: true },
      );
    } catch (error) {
      held.close();
      throw error;
    }
  };

  return async function fenceSite(input: FenceSiteInput): Promise<FencedSite> {
    const { topology, drillId, site, atOnce = false } = input;
    const lane = await lanes.held(topology.lane, thisRun(drillId));
    if (atOnce) return shutSite(lane, input, cancellationSignal());
    const held = await holdFromBefore(input);
    try {
      const calledAt = Date.now();
      const fenced = await fenceOf(lane, input, held);
      const write = isFailure(held) ? held : await held.write(probePath, probe(drillId, 'after the fence'));
      const edge = await lookAtEdge(topology, site);
      if (edge.answers || gotThrough(write)) throw doesNotHold(site, describeHeld(write), edge.observed);
      // Only once the fence was looked at: an edge that starts shows a certificate of its own. Without it, a way back takes longer.
      await lane.edges.standBy?.(site, cancellationSignal()).catch(() => undefined);
      const { fencedAt } = fenced;
      const cutEarlier = isFailure(write) && Date.parse(fencedAt) < calledAt;
      const wasGone = !cutEarlier && isGone(write);
      if (site === 'target') return { fencedAt };
      return {
        fencedAt,
        ...(wasGone && { wasGone }),
        check: check(
          'source-fenced',
          edge.refuses && (cutEarlier || wasGone || !isFailure(write)),
          'a connection on which a client wrote before the fence takes no write after it, and new ones are refused',
          `${cutEarlier ? describeEarlier(fencedAt) : wasGone ? describeGone(write, fenced) : describeHeld(write)}; ${edge.observed}`,
        ),
      };
    } finally {
      if (!isFailure(held)) held.close();
    }
  };

  /** A site that nobody reaches is not asked again and again: the fence is more urgent than the proof. */
  async function holdFromBefore(input: FenceSiteInput): Promise<HeldConnection | KnownFailure> {
    const before = await lookAtEdge(input.topology, input.site);
    return before.answers ? forSeconds(() => holdOpen(input)) : gone(before.observed);
  }

  /** A lane that cannot be asked any more has been lost with the site, if its edge refuses by itself. */
  async function fenceOf(
    lane: Lane,
    { topology, site }: FenceSiteInput,
    held: HeldConnection | KnownFailure,
  ): Promise<Fence> {
    const fence = () => lane.edges.fence(site, cancellationSignal());
    if (!isFailure(held) || !isGone(held)) return fence();
    const fenced = await forSeconds(fence);
    if (!isFailure(fenced)) return fenced;
    if (fenced.retryable && (await lookAtEdge(topology, site)).refuses) {
      return { fencedAt: new Date().toISOString(), shut: fenced };
    }
    throw fenced;
  }
};

interface Fence extends Fenced {
  /** Why the edge could not be shut as well. */
  readonly shut?: KnownFailure;
}

const isFailure = (value: object): value is KnownFailure => value instanceof KnownFailure;

const gone = (observed: string): KnownFailure => new KnownFailure('SourceGone', observed);

/** It served nobody, in whichever way: one that refuses this login, say, is there. */
const isGone = (held: HeldWrite | KnownFailure): held is KnownFailure =>
  isFailure(held) && ['SourceGone', 'OpenBaoUnreachable', 'OpenBaoUnavailable'].includes(held.type);

const describeEarlier = (fencedAt: string): string =>
  `an earlier attempt fenced it at ${fencedAt}, when every open connection ended with the edge`;

const describeGone = ({ message }: KnownFailure, { shut }: Fence): string =>
  `the source was lost before it could be fenced (${message})` +
  (shut === undefined ? '' : `; its edge could not be shut, so see to it that it does not come back (${shut.message})`);

const probe = (drillId: string, when: string): object => ({
  data: { drillId, when, writtenAt: new Date().toISOString() },
});

const servesNobody = (write: HeldWrite): boolean =>
  write.outcome === 'cut' || write.outcome === 'silent' || (write.outcome === 'answered' && write.status >= 500);

/** Any answer at all came through the edge. */
const gotThrough = (write: HeldWrite | KnownFailure): boolean =>
  !(write instanceof KnownFailure) && (write.outcome === 'acknowledged' || write.outcome === 'answered');

const describeHeld = (write: HeldWrite | KnownFailure): string =>
  write instanceof KnownFailure
    ? `no connection could be held from before the fence: ${write.message}`
    : `a write on the connection from before the fence ${describeWrite(write)}`;

const describeWrite = (write: HeldWrite): string => {
  switch (write.outcome) {
    case 'acknowledged':
      return 'was acknowledged';
    case 'answered':
      return `was answered with status ${write.status}`;
    case 'cut':
      return `found it cut (${write.code})`;
    case 'silent':
      return 'got no answer';
  }
};

const doesNotHold = (site: PairSide, held: string, edge: string): KnownFailure =>
  new KnownFailure(
    'FenceDoesNotHold',
    `The ${site} is fenced and was reached all the same (${held}; ${edge}): stop it by hand before clients are sent to the other side`,
  );
