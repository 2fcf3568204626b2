import { KnownFailure } from '../../../../domain/known-failure.js';

/**
 * A part of a lane by its name, as it comes out of a history or from a command line.
 *
 * @throws KnownFailure `UnknownLanePart`: a lane of this kind has none of that name. Another version of the program may.
 */
export const lanePartOf = <Part extends string>(lane: string, parts: readonly Part[], name: string): Part => {
  const part = parts.find((known) => known === name);
  if (part !== undefined) return part;
  throw new KnownFailure(
    'UnknownLanePart',
    `Lane ${lane} has no part of that name, only ${parts.join(', ')}: run the version of the program that asked for it.`,
    { facts: { part: name } },
  );
};
