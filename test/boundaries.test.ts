import { ESLint } from 'eslint';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const eslint = new ESLint({ cwd: root, overrideConfig: [{ rules: { '@typescript-eslint/no-unused-vars': 'off' } }] });

/** Lints a line as if it stood at the top of an existing file of that room. */
const restrictedIn = async (filePath: string, line: string): Promise<string[]> => {
  const [result] = await eslint.lintText(`${line}\n`, { filePath });
  return result!.messages
    .filter(({ ruleId }) => ruleId === '@typescript-eslint/no-restricted-imports')
    .map(({ message }) => message);
};

describe('the import boundaries', () => {
  it.each([
    ['workflows/dr-drill.ts', "import { createActivities } from '../activities/index.js';"],
    ['workflows/dr-drill.ts', "import { readFile } from 'node:fs/promises';"],
    ['workflows/dr-drill.ts', "import { z } from 'zod';"],
    ['workflows/dr-drill.ts', "import { parsePlan } from '../domain/plan/plan-schema.js';"],
    ['activities/index.ts', "import { createLanes } from '../infra/lanes/lanes.js';"],
    ['activities/index.ts', "import { drDrill } from '../workflows/index.js';"],
    ['systems/waiting/wait-until.ts', "import { createLanes } from '../infra/lanes/lanes.js';"],
    ['domain/plan/plan.ts', "import { waitUntil } from '../systems/waiting/wait-until.js';"],
    ['infra/lanes/lanes.ts', "import { createActivities } from '../activities/index.js';"],
    ['client/cli/workspace.ts', "import { k3dKind } from '../../infra/lanes/k3d/kind.js';"],
    ['infra/lanes/lanes.ts', "import { k3dKind } from './k3d/kind.js';"],
    ['infra/lanes/compose/kind.ts', "import { localKind } from '../local/kind.js';"],
    ['infra/lanes/made/pair-topology.ts', "import { localKind } from '../local/kind.js';"],
    ['infra/connect/clusters.ts', "import { createSites } from '../../activities/ports/sites.js';"],
    ['workflows/run/conduct.ts', "import { backup } from '../phases/backup.js';"],
    ['workflows/run/conduct.ts', "import { readFile } from 'node:fs/promises';"],
    ['workflows/run/messages/inbox.ts', "import { drDrill } from '../../dr-drill.js';"],
    ['workflows/phases/backup.ts', "import { drDrill } from '../dr-drill.js';"],
    ['workflows/phases/moving/move-clients.ts', "import { createLanes } from '../../../infra/lanes/lanes.js';"],
  ])('do not let %s say %s', async (file, line) => {
    expect(await restrictedIn(file, line)).not.toEqual([]);
  });

  it('let workflows know activities by their types', async () => {
    const line = "import type { DrillActivities } from '../activities/index.js';";
    expect(await restrictedIn('workflows/dr-drill.ts', line)).toEqual([]);
  });

  it('let the table of kinds know their folders, and nothing else', async () => {
    expect(await restrictedIn('infra/lanes/kinds.ts', "import { k3dKind } from './k3d/kind.js';")).toEqual([]);
    expect(await restrictedIn('infra/lanes/k3d/kind.ts', "import { k3d } from './machine/k3d.js';")).toEqual([]);
  });

  it('let infra name the ports that it implements', async () => {
    const line = "import type { Sites } from '../../activities/ports/sites.js';";
    expect(await restrictedIn('infra/connect/clusters.ts', line)).toEqual([]);
  });
});
