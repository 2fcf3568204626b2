import { describe, expect, it } from 'vitest';
import { describeOldNode } from '../../../client/cli/node-version.js';

describe('describeOldNode', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.0.0', 'v26.1.0'])('has nothing against %s', (version) => {
    expect(describeOldNode(version)).toBeUndefined();
  });

  it.each(['v20.18.3', 'v18.20.8', 'v8.0.0', 'no version'])('says which Node.js is needed instead of %s', (version) => {
    expect(describeOldNode(version)).toBe(
      `Node.js 20.19 or newer is needed, and this is ${version}: install it, then run \`npm ci\` again.`,
    );
  });
});
