import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePlan } from '../../../../../domain/plan/plan-schema.js';
import type { K3dLaneOptions } from '../../../../../domain/plan/plan.js';
import { clusterConfigFile } from '../../../../../infra/lanes/k3d/objects/assets.js';
import { imageOf, imageParts, laneImages } from '../../../../../infra/lanes/k3d/machine/images.js';
import { siteNames } from '../../../../../infra/lanes/k3d/names.js';

const optionsWith = (k3d: Readonly<Record<string, unknown>> = {}): K3dLaneOptions =>
  parsePlan({ lane: 'k3d', k3d }).k3d!;

const partsOf = (options: K3dLaneOptions) => laneImages(options).map(({ part }) => part);

describe('the images of a k3d lane', () => {
  it('are all named with a tag that does not move', () => {
    const images = laneImages(optionsWith());
    expect(images.map(({ part }) => part)).toEqual(imageParts);
    for (const { image } of images) expect(image).toMatch(/^[a-z0-9./-]+:v?\d+\.\d+[a-z0-9.-]*$/);
    expect(new Set(images.map(({ image }) => image)).size).toBe(images.length);
  });

  it.each(siteNames)('have the K3s that the configuration of %s asks for', async (site) => {
    const { image } = parse(await readFile(await clusterConfigFile(site), 'utf8')) as { image: string };
    expect(imageOf('k3s', optionsWith())).toBe(image);
  });

  it('follow the versions and the names in the plan', () => {
    const options = optionsWith({
      openbaoVersion: '2.6.3',
      operatorVersion: '0.5.0',
      images: { traefik: 'mirror.example.com/traefik:v3.7.9', jobs: 'mirror.example.com/backup:1' },
    });
    const named = Object.fromEntries(laneImages(options).map(({ part, image }) => [part, image]));
    expect(named).toMatchObject({
      traefik: 'mirror.example.com/traefik:v3.7.9',
      openbao: 'openbao/openbao:2.6.3',
      operator: 'ghcr.io/dc-tec/openbao-operator:0.5.0',
      'operator-init': 'ghcr.io/dc-tec/openbao-init:0.5.0',
      'operator-jobs': 'mirror.example.com/backup:1',
    });
  });

  it('leave out what is adopted, and a bucket that is a process', () => {
    expect(
      partsOf(optionsWith({ adopt: ['clusters', 'operator'], hostAddress: '10.0.0.1', storage: 'process' })),
    ).toEqual(['traefik', 'openbao', 'operator-init', 'operator-jobs']);
  });

  it('are told apart by who runs them: nodes do not see what the engine has', () => {
    const ofEngine = laneImages(optionsWith()).filter(({ runBy }) => runBy === 'engine');
    expect(ofEngine.map(({ part }) => part)).toEqual(['k3s', 'k3d-proxy', 'k3d-tools', 'rustfs']);
  });
});
