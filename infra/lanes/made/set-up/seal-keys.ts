import { baseline, type PairSide } from '../../../../domain/pair/topology.js';

/** The Transit key that seals each side: a lane may rehearse a pair that cannot recover, whose target is sealed with another. */
export const sealKeysOf = ({
  targetSealKey,
}: {
  readonly targetSealKey: string;
}): Readonly<Record<PairSide, string>> => ({
  source: baseline.sealKey,
  target: targetSealKey,
});
