/** Manifests with every placeholder filled in, each with a value of its own. */
import type { KubernetesObject } from '../../../../systems/kubernetes/cluster.js';
import { renderManifest } from '../../../../systems/kubernetes/templates.js';

export const renderWithAnyValues = (text: string): readonly KubernetesObject[] => {
  const body = text.replaceAll(/^\s*#.*$/gm, '');
  const placeholders = new Set([...body.matchAll(/(?<!\$)\$\{([A-Z_]+)\}/g)].map(([, name]) => name!));
  return renderManifest(text, Object.fromEntries([...placeholders].map((name) => [name, valueOf(name)])));
};

const valueOf = (name: string): string | number | boolean => {
  if (name.endsWith('_PORT')) return 8443;
  if (['FORCE', 'OVERRIDE_LOCK'].includes(name)) return false;
  return `value-of-${name.toLowerCase().replaceAll('_', '-')}`;
};
