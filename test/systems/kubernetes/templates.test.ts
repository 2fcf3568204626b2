import { describe, expect, it } from 'vitest';
import { renderManifest } from '../../../systems/kubernetes/templates.js';

const configMap = (data: string): string => `
# \${COMMENT} is not looked at.
apiVersion: v1
kind: ConfigMap
metadata:
  name: c
data:
${data}`;
const dataOf = (text: string, values: Record<string, string | number | boolean>): unknown =>
  renderManifest(configMap(text), values)[0]?.['data'];

describe('renderManifest', () => {
  it('fills every document of a text, and leaves out those without content', () => {
    const text = `---
apiVersion: v1
kind: Namespace
metadata: { name: "\${NAMESPACE}" }
---
# nothing
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: traefik
  namespace: \${NAMESPACE}
spec:
  replicas: \${REPLICAS}
  paused: \${PAUSED}
`;
    expect(renderManifest(text, { NAMESPACE: 'edge', REPLICAS: 2, PAUSED: false })).toEqual([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'edge' } },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'traefik', namespace: 'edge' },
        spec: { replicas: 2, paused: false },
      },
    ]);
  });

  it.each([
    ['a quote', `it's "quoted"`],
    ['a new line that looks like a field', 'a\nother: b'],
    ['a document of its own', '---\nkind: Secret'],
    ['a comment', 'a # b'],
    ['a flow collection', '{a: b}, [c]'],
    ['an alias, an anchor and a tag', '*a &b !!binary c'],
    ['what looks like a number', '0123'],
    ['what looks like nothing', 'null'],
    ['a placeholder', '${OTHER}'],
    ['a pattern of replacement', "$& $1 $` $'"],
  ])('keeps a value with %s inside of its scalar', (_, value) => {
    expect(
      dataOf(`  plain: \${V}\n  quoted: "\${V}"\n  part: before \${V} after\n  block: |\n    \${V}\n  \${V}: key\n`, {
        V: value,
      }),
    ).toEqual({ plain: value, quoted: value, part: `before ${value} after`, block: `${value}\n`, [value]: 'key' });
  });

  it('keeps the type of a value only where it stands alone and without quotes', () => {
    expect(dataOf('  a: ${N}\n  b: "${N}"\n  c: x${N}\n', { N: 8200 })).toEqual({ a: 8200, b: '8200', c: 'x8200' });
  });

  it('leaves what is escaped, and what is no placeholder', () => {
    expect(dataOf('  a: $${HOME}\n  b: ${lower} $X {Y}\n', {})).toEqual({ a: '${HOME}', b: '${lower} $X {Y}' });
  });

  it('refuses placeholders without a value, and values without a placeholder, and names them', () => {
    expect(() => dataOf('  a: ${A} ${C} ${B}\n', { A: '1' })).toThrow(
      expect.objectContaining({
        type: 'ManifestInvalid',
        message: expect.stringContaining('The missing names are B C.') as string,
      }),
    );
    expect(() => dataOf('  a: ${A}\n', { A: '1', Z: 'secret', toString: 'x' })).toThrow(
      expect.objectContaining({ message: expect.stringContaining('The unused names are Z toString.') as string }),
    );
    expect(() => dataOf('  a: ${COMMENT}\n', {})).toThrow(expect.objectContaining({ type: 'ManifestInvalid' }));
  });

  it('refuses what is not YAML, and says where', () => {
    expect(() => dataOf('  a: [b\n', {})).toThrow(
      expect.objectContaining({ type: 'ManifestInvalid', message: expect.stringContaining('the line is ') as string }),
    );
  });

  it.each(['just text', 'kind: Secret', 'apiVersion: v1\nkind: Secret\nmetadata: {}', '- a'])(
    'refuses %j, which is no object of Kubernetes',
    (text) => {
      expect(() => renderManifest(text, {})).toThrow(expect.objectContaining({ type: 'ManifestInvalid' }));
    },
  );
});
