import { access, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { checkNames } from '../../domain/run/checks.js';
import { parsePlan } from '../../domain/plan/plan-schema.js';
import { hostPorts } from '../../infra/lanes/k3d/machine/host-ports.js';
import { pinnedK3d } from '../../infra/lanes/k3d/machine/images.js';
import { gatewayDefinitionsUrl } from '../../infra/lanes/k3d/lane-systems.js';
import { operatorChart } from '../../infra/lanes/k3d/options.js';
import { contextName, siteNames, storagePort } from '../../infra/lanes/k3d/names.js';

const page = await readFile(new URL('../../docs/lanes/k3d.md', import.meta.url), 'utf8');

it('the page of the k3d lane names files that are there', async () => {
  const files = new Set([...page.matchAll(/infra\/lanes\/k3d\/[a-z/-]+\.yaml/g)].map(([file]) => file));
  expect(files.size).toBeGreaterThan(2);
  for (const file of files) await access(new URL(`../../${file}`, import.meta.url));
});

it('the page of the k3d lane has the ports that are published', async () => {
  for (const { port } of (await hostPorts()).filter(({ use }) => use.includes('edge'))) {
    expect(page).toMatch(new RegExp(`\\| (?:127\\.0\\.0\\.1:)?${port}[, ]`));
  }
  expect(page).toContain(`127.0.0.1:${storagePort}`);
});

it('the page of the k3d lane has the versions and names that the lane has', () => {
  const { operatorVersion } = parsePlan({ lane: 'k3d' }).k3d!;
  expect(page).toContain(`${operatorChart} \\\n  --version ${operatorVersion}`);
  expect(page).toContain(`helm pull ${operatorChart} --version ${operatorVersion}`);
  expect(page).toContain(`k3d ${pinnedK3d}`);
  expect(page).toContain(gatewayDefinitionsUrl);
  for (const site of siteNames) expect(page).toContain(contextName(site));
});

it('the page of the k3d lane speaks of checks that a drill makes', () => {
  const named = ['kubernetes-access', 'operator-trust-repaired', 'source-operator-refused', 'operator-backup-status'];
  for (const name of named) {
    expect(checkNames).toContain(name);
    expect(page).toContain(`\`${name}\``);
  }
});
