import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { valueAt } from '../../domain/fields.js';
import type { KubernetesObject } from '../../systems/kubernetes/cluster.js';
import { type KubernetesSchemas, loadKubernetesSchemas } from '../support/kubernetes/schemas.js';
import { renderWithAnyValues } from './lanes/k3d/any-values.js';

const found = await loadKubernetesSchemas();
const why = typeof found === 'string' ? ` (skipped: ${found})` : '';
const schemas = found as KubernetesSchemas;

const infra = join(import.meta.dirname, '../../infra');
const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(join(infra, folder))).filter((name) => name.endsWith('.yaml')).map((name) => `${folder}/${name}`);
const files = (await Promise.all(['lanes/k3d/manifests', 'lanes/k3d/rbac', 'kubernetes/worker'].map(filesIn))).flat();

const objectsOf = async (file: string): Promise<readonly KubernetesObject[]> => {
  const text = await readFile(join(infra, file), 'utf8');
  if (file.startsWith('lanes/k3d/manifests/')) return renderWithAnyValues(text);
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
};

/**
 * Of resources of others, whose definitions are theirs to publish, no more than the pods in them can be judged here. Those of the
 * operator meet a real API server in `npm run test:k3d`.
 */
const ofOthers = new Set(['openbao.org/v1alpha1', 'temporal.io/v1alpha1']);
const judgedIn = ({ metadata, ...object }: KubernetesObject): readonly KubernetesObject[] => {
  if (!ofOthers.has(object.apiVersion)) return [{ metadata, ...object }];
  const template = valueAt(object, 'spec', 'template');
  if (template === undefined) return [];
  return [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector: {}, template } }];
};
const judged = await Promise.all(
  files.map(async (file) => ({ file, objects: (await objectsOf(file)).flatMap(judgedIn) })),
);

describe.skipIf(typeof found === 'string')(`the schemas of Kubernetes 1.34 and Gateway API 1.5.1${why}`, () => {
  it.each(judged.filter(({ objects }) => objects.length > 0))('take what is in $file', ({ objects }) => {
    for (const object of objects) {
      const what = `${object.kind} ${object.metadata.name}`;
      expect(schemas.knows(object), what).toBe(true);
      expect(schemas.complaintsAbout(object), what).toEqual([]);
    }
  });

  const route: KubernetesObject = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'TLSRoute',
    metadata: { name: 'a', namespace: 'n' },
    spec: { hostnames: ['a.example.com'], rules: [{ backendRefs: [{ name: 'a', port: 8200 }] }] },
  };
  const service: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'a', namespace: 'n' },
    spec: { ports: [{ port: 443 }] },
  };

  it('take a route and a Service that are as they should be', () => {
    for (const object of [route, service]) expect(schemas.complaintsAbout(object)).toEqual([]);
  });

  it.each([
    ['a field that is spelt wrongly', { ...service, spec: { port: [{ port: 443 }] } }],
    ['a port that is text', { ...service, spec: { ports: [{ port: 'https' }] } }],
    ['a route without rules', { ...route, spec: { hostnames: ['a.example.com'] } }],
    [
      'a backend that is spelt wrongly',
      { ...route, spec: { ...(route['spec'] as object), rules: [{ backends: [] }] } },
    ],
  ])('refuse %s', (_, object) => {
    expect(schemas.complaintsAbout(object)).not.toEqual([]);
  });
});
