/** Judges namespaces with their own seal: a restart or a restore seals them, and only the holders of their keys open them. */
import type { Check } from '../../run/checks.js';
import { countOf } from '../../units.js';
import type { Warning } from '../../run/warnings.js';

/** The namespaces with their own seal, as the snapshot lists them. */
export interface OwnSeals {
  readonly namespaces: number;
  /** Their ids, at most 50. */
  readonly ids: readonly string[];
}

export interface NamespaceSeal {
  readonly path: string;
  readonly sealed: boolean;
}

export interface JudgedNamespaces {
  readonly passed: boolean;
  readonly observed: string;
}

const mostNamed = 10;

/** The name of a namespace in a plan. */
const nameOf = ({ path }: NamespaceSeal): string => path.replace(/\/$/, '');

/**
 * @param expected paths of the namespaces that the plan lets stay sealed.
 * @param seen the snapshot's namespaces that the target shows: a namespace below a sealed one is not shown, and so not open.
 */
export const judgeNamespaces = (
  { namespaces, ids }: OwnSeals,
  seen: readonly NamespaceSeal[],
  expected: readonly string[] = [],
): JudgedNamespaces => {
  const closed = seen.filter((one) => one.sealed);
  const known = closed.filter((one) => expected.includes(nameOf(one)));
  const sealed = closed.filter((one) => !known.includes(one)).map(({ path }) => path);
  // A namespace below a sealed one cannot be seen, and the plan may name it as well.
  const below = expected.filter(
    (path) => !seen.some((one) => nameOf(one) === path) && known.some((one) => path.startsWith(`${nameOf(one)}/`)),
  );
  const unseen = Math.max(0, ids.length - seen.length - below.length);
  const allowed = [...known.map(nameOf), ...below];
  if (sealed.length === 0 && unseen === 0) {
    const asked = namespaces > ids.length ? `; ${ids.length} of them were asked` : '';
    const how = allowed.length === 0 ? 'unsealed' : `sealed as the plan expects: ${allowed.join(', ')}`;
    return {
      passed: true,
      observed: `${countOf(namespaces, 'namespace has', 'namespaces have')} such a seal, ${how}${asked}`,
    };
  }
  const named = sealed.slice(0, mostNamed).join(', ');
  const more = sealed.length > mostNamed ? ` and ${sealed.length - mostNamed} more` : '';
  return {
    passed: false,
    observed: [
      ...(sealed.length === 0 ? [] : [`sealed: ${named}${more}`]),
      ...(unseen === 0 ? [] : [`${unseen} not seen, as what lies below a sealed one`]),
      'their clients have no service until the holders of their unseal keys unseal them on the target',
    ].join('; '),
  };
};

/** Warns of a plan that lets namespaces stay sealed: a target without them is not the whole pair. */
export const warnOfSealed = (expected: readonly string[], checks: readonly Check[]): readonly Warning[] =>
  checks.flatMap(({ name, outcome, observed }) =>
    name === 'namespaces-unsealed' && outcome === 'passed' && expected.length > 0
      ? [
          {
            name: 'namespaces-left-sealed' as const,
            sentence:
              `The plan lets namespaces stay sealed on the target (${expected.join(', ')}), where their clients have no service ` +
              `until the holders of their unseal keys unseal them: have these holders at hand in a failover. Observed: ${observed}.`,
          },
        ]
      : [],
  );
