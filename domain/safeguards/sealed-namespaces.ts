/** Namespaces with a seal of their own: a restart seals them, a restore does, and only the holders of their keys open them. */
import { countOf } from '../units.js';

/** What the snapshot says of them. */
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

/**
 * @param seen those of the snapshot's that the target shows: what lies below a sealed namespace is not seen, and so not open.
 */
export const judgeNamespaces = ({ namespaces, ids }: OwnSeals, seen: readonly NamespaceSeal[]): JudgedNamespaces => {
  const sealed = seen.filter((one) => one.sealed).map(({ path }) => path);
  const unseen = Math.max(0, ids.length - seen.length);
  if (sealed.length === 0 && unseen === 0) {
    const asked = namespaces > ids.length ? `; ${ids.length} of them were asked` : '';
    return {
      passed: true,
      observed: `${countOf(namespaces, 'namespace has', 'namespaces have')} such a seal, unsealed${asked}`,
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
