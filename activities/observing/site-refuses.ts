import type { TlsEndpoint, Topology, PairSide } from '../../domain/pair/topology.js';
import { askForName, describeNameAnswer, type NameAnswer } from '../../systems/edge/ask-for-name.js';

export interface SeenAtEdge {
  /** The edge turned away every name that leads to the site. Silence is no refusal. */
  readonly refuses: boolean;
  /** A server answered to at least one of the names. */
  readonly answers: boolean;
  /** One clause for a check. */
  readonly observed: string;
}

/** Asks a site's own edge for the site's name, and for the clients' name, which leads there as well. */
export const lookAtEdge = async (topology: Topology, side: PairSide): Promise<SeenAtEdge> => {
  const { address, serverName }: TlsEndpoint = topology[side];
  const names = [serverName, topology.clients.serverName];
  const seen = await Promise.all(
    names.map(async (name) => ({ name, answer: await askForName({ address, serverName: name }) })),
  );
  const are = (outcome: NameAnswer['outcome']) => seen.map(({ answer }) => answer.outcome === outcome);
  return {
    refuses: !are('refused').includes(false),
    answers: are('answered').includes(true),
    observed: seen.map(({ name, answer }) => `a connection for ${name} ${describeNameAnswer(answer)}`).join(', '),
  };
};
