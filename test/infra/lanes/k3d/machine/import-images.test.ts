import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { LaneImage } from '../../../../../infra/lanes/k3d/machine/images.js';
import { clustersThere, importCommand, importImages } from '../../../../../infra/lanes/k3d/machine/import-images.js';
import { loadCommand, loadImages, saveCommand, saveImages } from '../../../../../systems/docker/image-archive.js';

const image = (name: string, runBy: LaneImage['runBy']): LaneImage => ({
  part: 'openbao',
  image: name,
  purpose: 'a test',
  runBy,
});
const images = [image('k3s:1', 'engine'), image('bao:1', 'nodes'), image('edge:1', 'nodes')];

describe('the command lines', () => {
  it('write all images to one file, read them, and import them into several clusters', () => {
    expect(saveCommand('/f.tar', ['a:1', 'b:1'])).toEqual(['save', '--output', '/f.tar', 'a:1', 'b:1']);
    expect(loadCommand('/f.tar')).toEqual(['load', '--quiet', '--input', '/f.tar']);
    expect(importCommand(['a:1', 'b:1'], ['x', 'y'])).toEqual(
      'image import --cluster x --cluster y a:1 b:1'.split(' '),
    );
  });
});

describe('with programs that pose as docker and k3d', () => {
  let folder: string;
  const program = async (name: string, ...lines: readonly string[]): Promise<string> => {
    const file = join(folder, name);
    // What it was called with, one call a line.
    await writeFile(file, ['#!/bin/sh', `echo "$*" >> ${folder}/${name}.calls`, ...lines, ''].join('\n'), {
      mode: 0o755,
    });
    return file;
  };
  /** An engine that has the images named here. */
  const docker = (...there: readonly string[]) =>
    program(
      'docker',
      'case "$1 $2" in',
      '  "image ls")',
      '    for last; do :; done',
      `    case "$last" in ${[...there, 'nothing:0'].join('|')}) echo '{}' ;; esac ;;`,
      `  "pull --quiet") [ "$3" = secret:1 ] && { echo 'Error response from daemon: pull access denied for secret' >&2; exit 1; } ;;`,
      'esac',
      'exit 0',
    );
  const calls = async (name: string): Promise<readonly string[]> =>
    (await readFile(join(folder, `${name}.calls`), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const environment = { PATH: process.env['PATH'] };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openbao-dr-images-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
  });

  it('pulls what the engine lacks, and nothing else, before it writes', async () => {
    const said: string[] = [];
    await saveImages('/f.tar', images, (line) => said.push(line), { docker: await docker('bao:1'), environment });
    const made = (await calls('docker')).filter((call) => !call.startsWith('image ls'));
    expect(made).toEqual(['pull --quiet k3s:1', 'pull --quiet edge:1', 'save --output /f.tar k3s:1 bao:1 edge:1']);
    expect(said).toEqual(['pulling k3s:1 …', 'pulling edge:1 …', 'writing 3 images to /f.tar …']);
  });

  it('names the image that cannot be had, and writes nothing', async () => {
    const options = { docker: await docker(), environment };
    await expect(saveImages('/f.tar', [image('secret:1', 'nodes')], () => undefined, options)).rejects.toMatchObject({
      type: 'ImageNotPulled',
      message: expect.stringMatching(/secret:1 cannot be had.*pull access denied/) as string,
    });
    expect((await calls('docker')).some((call) => call.startsWith('save'))).toBe(false);
  });

  it('reads an archive, and says so when there is none', async () => {
    const options = { docker: await docker(), environment };
    const archive = join(folder, 'images.tar');
    await expect(loadImages(archive, options)).rejects.toMatchObject({ type: 'ImageArchiveMissing' });
    await writeFile(archive, '');
    await loadImages(archive, options);
    expect(await calls('docker')).toEqual([`load --quiet --input ${archive}`]);
  });

  it('imports what pods run, as far as the engine has it', async () => {
    const options = { docker: await docker('k3s:1', 'bao:1'), k3d: await program('k3d'), environment, folder };
    expect(await importImages(images, ['x', 'y'], options)).toEqual(['bao:1']);
    expect(await calls('k3d')).toEqual(['image import --cluster x --cluster y bao:1']);
  });

  it('asks k3d for nothing where the engine has nothing, or there is no cluster', async () => {
    const options = { docker: await docker('k3s:1'), k3d: await program('k3d'), environment, folder };
    expect(await importImages(images, ['x'], options)).toEqual([]);
    expect(await importImages(images, [], { ...options, docker: await docker('bao:1') })).toEqual([]);
    expect(await calls('k3d')).toEqual([]);
  });

  it('quotes k3d when an import fails', async () => {
    const k3d = await program(
      'k3d',
      `echo 'ERRO[0001] Failed to import image(s) into cluster x: no space left' >&2; exit 1`,
    );
    const options = { docker: await docker('bao:1'), k3d, environment, folder };
    await expect(importImages(images, ['x'], options)).rejects.toMatchObject({
      type: 'K3dFailed',
      message: expect.stringContaining('no space left') as string,
    });
  });

  it('knows which of the clusters are there', async () => {
    const k3d = await program('k3d', `echo '[{"name":"b","serversCount":1},{"name":"other","serversCount":1}]'`);
    expect(await clustersThere(['a', 'b'], { k3d, environment, folder })).toEqual(['b']);
  });
});
