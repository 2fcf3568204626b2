import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LaneImage } from '../../../../infra/lanes/k3d/machine/images.js';
import { temporaryFolder, type } from '../../test-context.js';

describe('openbao-dr images k3d', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let environment: Readonly<Record<string, string>>;

  const images = (...args: readonly string[]) => type(['images', 'k3d', ...args], { environment });
  const program = async (name: string, ...lines: readonly string[]): Promise<string> => {
    const path = join(folder.path, name);
    await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
    return path;
  };
  const calls = async (): Promise<readonly string[]> =>
    (await readFile(join(folder.path, 'calls'), 'utf8')).trim().split('\n');

  beforeAll(async () => {
    folder = await temporaryFolder();
    const note = `echo "$(basename "$0") $*" >> '${join(folder.path, 'calls')}'`;
    environment = {
      PATH: '/usr/bin:/bin',
      OPENBAO_DR_CACHE: join(folder.path, 'cache'),
      // An engine that has every image already.
      OPENBAO_DR_DOCKER: await program(
        'docker',
        '[ "$1" = --version ] && { echo "Docker version 28.2.2, build x"; exit 0; }',
        '[ "$1 $2" = "image ls" ] && { echo "{}"; exit 0; }',
        note,
      ),
      OPENBAO_DR_K3D: await program(
        'k3d',
        '[ "$1" = version ] && { echo "k3d version v5.9.0"; exit 0; }',
        `[ "$1 $2" = "cluster list" ] && { echo '[{"name":"openbao-dr-source"}]'; exit 0; }`,
        note,
      ),
    };
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it('prints every image, one a line, and nothing else', async () => {
    const { exitCode, stdout, stderr } = await images('--operator-version', '0.5.0', '--openbao-version', '2.6.3');
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toContain('ghcr.io/dc-tec/openbao-backup:0.5.0');
    expect(lines).toContain('openbao/openbao:2.6.3');
    for (const line of lines) expect(line).toMatch(/^\S+:\S+$/);
  });

  it('gives the same as data, with what each is for', async () => {
    const { stdout } = await images('--json');
    const {
      images: [first],
      imported,
    } = JSON.parse(stdout) as { images: readonly LaneImage[]; imported: readonly string[] };
    expect(imported).toEqual([]);
    expect(first).toMatchObject({ part: 'k3s', image: expect.stringMatching(/^rancher\/k3s:/) as string });
    expect(Object.keys(first ?? {})).toEqual(['part', 'image', 'purpose', 'runBy']);
  });

  it('takes names and versions from a plan', async () => {
    const plan = join(folder.path, 'plan.yaml');
    await writeFile(plan, 'k3d: { images: { openbao: "mirror.example.com/openbao:2.7.2" }, storage: process }\n');
    const { stdout } = await images('--plan', plan);
    expect(stdout).toContain('mirror.example.com/openbao:2.7.2');
    expect(stdout).not.toContain('rustfs');
  });

  it('writes them to a file, and reads them into the engine and into the clusters that are there', async () => {
    const archive = join(folder.path, 'images.tar');
    const saved = await images('--save', archive);
    expect(saved.exitCode).toBe(0);
    expect(saved.stderr).toBe(`writing 15 images to ${archive} …\n`);

    await writeFile(archive, '');
    const loaded = await images('--load', archive, '--json');
    expect(loaded.exitCode).toBe(0);
    expect(loaded.stderr).toContain('importing into openbao-dr-source …');
    expect(loaded.stderr).toContain('without images: openbao-dr-infra, openbao-dr-target.');
    expect(JSON.parse(loaded.stdout)).toMatchObject({ imported: ['openbao-dr-source'] });

    const [save, load, imported] = await calls();
    expect(save).toMatch(new RegExp(`^docker save --output ${archive} rancher/k3s:`));
    expect(load).toBe(`docker load --quiet --input ${archive}`);
    expect(imported).toMatch(/^k3d image import --cluster openbao-dr-source rancher\/mirrored-pause:/);
    expect(imported).not.toContain('rancher/k3s:');
  });

  it('says that there is no archive', async () => {
    const { exitCode, stderr } = await images('--load', join(folder.path, 'nothing.tar'));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('name a file that --save has written');
  });
});

describe('openbao-dr images compose', () => {
  it('lists what docker-compose.yml pins, or what the environment names in its place', async () => {
    const { exitCode, stdout } = await type(['images', 'compose']);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'openbao/openbao:2.7.2\ntraefik:v3.7.15\nrustfs/rustfs:1.0.5\n',
    });
    const named = await type(['images', 'compose-blue', '--json'], {
      environment: { TRAEFIK_IMAGE: 'registry.example.com/traefik@sha256:00' },
    });
    const { images } = JSON.parse(named.stdout) as { images: readonly { part: string; image: string }[] };
    expect(images.map(({ part, image }) => [part, image])).toEqual([
      ['openbao', 'openbao/openbao:2.7.2'],
      ['traefik', 'registry.example.com/traefik@sha256:00'],
      ['rustfs', 'rustfs/rustfs:1.0.5'],
    ]);
  });
});
