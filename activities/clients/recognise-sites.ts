import { isKnownFailure } from '../../domain/known-failure.js';
import type { PairSide } from '../../domain/pair/topology.js';
import type { OpenBao } from '../../systems/openbao/api/client.js';

/** The side with this certificate; undefined if neither side has shown it at its own edge. */
export type RecogniseSite = (certificateSha256: string) => Promise<PairSide | undefined>;

const sides = ['source', 'target'] as const;

/** The pause between two rounds of questions about an unknown certificate. */
const askAgainAfterMs = 1_000;

/**
 * Learns each side's certificate from the side itself, at first and whenever an unknown certificate appears: a side may not be
 * up yet, or may have been built anew. A lost side's certificate stays known.
 */
export const createRecogniseSite = async (pair: Readonly<Record<PairSide, OpenBao>>): Promise<RecogniseSite> => {
  const known = new Map<string, PairSide>();
  const learn = async (side: PairSide): Promise<void> => {
    try {
      known.set((await pair[side].health()).certificateSha256, side);
    } catch (error) {
      if (!isKnownFailure(error)) throw error;
    }
  };
  let asking: Promise<unknown> = Promise.resolve();
  let askedAt = -Infinity;
  const learnBoth = (): Promise<unknown> => {
    if (performance.now() - askedAt < askAgainAfterMs) return asking;
    askedAt = performance.now();
    return (asking = Promise.all(sides.map(learn)));
  };

  await learnBoth();
  return async (certificateSha256) => {
    if (!known.has(certificateSha256)) await learnBoth();
    return known.get(certificateSha256);
  };
};
