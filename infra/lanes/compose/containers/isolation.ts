/**
 * Whether the target's network keeps it to itself. Tried from inside the target's own container, with what its network lets
 * it reach: Transit and the bucket have to answer, which also shows that trying works, and nobody else may.
 */
import { baseline } from '../../../../domain/pair/topology.js';
import type { LaneContainers, StatusAnswer, StatusQuestion } from './containers.js';
import { edgeAmongContainers, type LaneService, networkName, ports, storageAmongContainers } from '../names.js';

/**
 * `answered` and `refused`: packets went there and back. `no-way`: the network knows no way there. `no-name`: nor the name.
 * `silent`: nothing came back in time. `unclear`: none of these; no proof of anything.
 */
export type Reached = 'answered' | 'refused' | 'no-way' | 'no-name' | 'silent' | 'unclear';

export interface ReachTry {
  /** For people: "the source's server". */
  readonly to: string;
  readonly mayReach: boolean;
  readonly seen: Reached;
}

export interface ObservedIsolation {
  readonly isolated: boolean;
  readonly tries: readonly ReachTry[];
  /** One clause each, for a check. */
  readonly expected: string;
  readonly observed: string;
}

interface Goal {
  readonly to: string;
  readonly question: StatusQuestion;
  readonly mayReach: boolean;
}

export const observeIsolation = async (
  { containers, project }: { readonly containers: LaneContainers; readonly project: string },
  signal?: AbortSignal,
): Promise<ObservedIsolation> => {
  const [goals, target] = await Promise.all([goalsOf(containers, project, signal), containers.state('target', signal)]);
  const tries: ReachTry[] = [];
  // Each is a program in the target's container, which has other things to do; one that goes nowhere takes three seconds.
  for (let at = 0; at < goals.length; at += atOnce) {
    const answered = goals.slice(at, at + atOnce).map(async ({ to, question, mayReach }) => {
      const seen = reachedBy(await containers.status('target', question, signal));
      return { to, mayReach, seen };
    });
    tries.push(...(await Promise.all(answered)));
  }
  const networks = Object.keys(target?.addresses ?? {});
  const alone = networks.length === 1 && networks[0] === networkName(project, 'target');
  return {
    isolated: alone && tries.every(asItShould),
    tries,
    expected: "the target's container is on its own network alone, and reaches Transit and the bucket and nobody else",
    observed: `it is on ${networks.join(', ') || 'no network'}; ${tries.map(describe).join('; ')}`,
  };
};

const atOnce = 5;

const asItShould = ({ mayReach, seen }: ReachTry): boolean =>
  mayReach ? seen === 'answered' : seen === 'no-way' || seen === 'no-name' || seen === 'silent';

const words: Readonly<Record<Reached, string>> = {
  answered: 'answered',
  refused: 'was reached, and refused',
  'no-way': 'no way there',
  'no-name': 'no such name',
  silent: 'silence',
  unclear: 'unclear',
};

const describe = ({ to, seen }: ReachTry): string => `${to}: ${words[seen]}`;

/** All by address: a name that a network does not know proves less than a packet that goes nowhere. */
const goalsOf = async (containers: LaneContainers, project: string, signal?: AbortSignal): Promise<readonly Goal[]> => {
  const addressOn = async (service: LaneService, network: string): Promise<string | undefined> =>
    (await containers.state(service, signal))?.addresses[networkName(project, network)] || undefined;
  const [own, source, infra, edgeSource, edgeClients, storage] = await Promise.all([
    addressOn('target', 'target'),
    addressOn('source', 'source'),
    addressOn('infra', 'infra'),
    addressOn('edge-source', 'clients'),
    addressOn('edge-clients', 'clients'),
    addressOn('storage', 'storage'),
  ]);
  const forbidden = (to: string, address: string | undefined, port: number): readonly Goal[] =>
    address === undefined
      ? []
      : [
          {
            to,
            question: { address: `${port === ports.storage ? 'http' : 'https'}://${address}:${port}` },
            mayReach: false,
          },
        ];
  return [
    {
      to: 'Transit',
      question: { address: edgeAmongContainers('infra'), serverName: baseline.hosts.infra },
      mayReach: true,
    },
    { to: 'the bucket', question: { address: storageAmongContainers }, mayReach: true },
    ...forbidden("the source's server", source, ports.api),
    ...forbidden("infra's server past its edge", infra, ports.api),
    ...forbidden("the source's edge", edgeSource, ports.edge),
    ...forbidden("the clients' edge", edgeClients, ports.edge),
    ...forbidden('the bucket on its other network', storage, ports.storage),
    // Nothing has to listen there: a refusal would have come back, too.
    ...forbidden("the containers' machine", own === undefined ? undefined : firstOf(own), 443),
    ...forbidden("the containers' machine on the clients' network", edgeClients && firstOf(edgeClients), 443),
    // An address that is nobody's.
    ...forbidden('the world', '192.0.2.1', 443),
  ];
};

/** The engine takes the first address of a network for the machine itself. */
const firstOf = (address: string): string => address.replace(/\d+$/, '1');

/** What `bao status` says of an address tells how far its packets came. */
export const reachedBy = ({ exitCode, output }: StatusAnswer): Reached => {
  if (exitCode === 0 || exitCode === 2) return 'answered';
  if (/network is unreachable|no route to host/.test(output)) return 'no-way';
  if (/no such host|server misbehaving|name resolution/.test(output)) return 'no-name';
  if (/i\/o timeout|deadline exceeded|Client\.Timeout/.test(output)) return 'silent';
  if (/connection refused|connection reset|: EOF/.test(output)) return 'refused';
  if (/Code: \d{3}|remote error: tls|malformed HTTP|HTTP response to HTTPS|tls: /.test(output)) return 'answered';
  return 'unclear';
};
