/** Whether the machine that runs a k3d lane's clusters has what they need. Pure: what was read of it comes in. */
import type { HostPort } from '../machine/host-ports.js';
import { k3dNeeds } from './needs.js';
import type { ContainerEngine, SilentEngine } from '../../../../systems/docker/container-engine.js';
import { answers, describeSilence } from '../../../../systems/docker/container-engine.js';
import type { DiskSpace } from '../../../../systems/machine/disk.js';
import type { InotifyLimit } from '../../../../systems/machine/inotify.js';
import type { PortState } from '../../../../systems/machine/port.js';
import { isSupported } from '../../../../systems/tools/version.js';
import { bad, type Finding, good, notChecked } from '../../finding.js';
import { describeBytes } from '../../../../domain/units.js';

export const engineFinding = (engine: ContainerEngine | SilentEngine): Finding => {
  const what = 'docker engine';
  if (!answers(engine)) {
    return bad(what, 'does not answer', `${describeSilence(engine)}.`);
  }
  const { version, operatingSystem } = engine;
  const found = `${version} on ${operatingSystem}`;
  // Builds of distributions have words behind the number.
  const number = /^\d+(?:\.\d+)*/.exec(version)?.[0];
  if (
    number === undefined ||
    !isSupported(number, { ...k3dNeeds.engine, from: [...k3dNeeds.engine.from], below: [1000] })
  ) {
    return bad(what, found, `k3d needs docker engine ${k3dNeeds.engine.described}: install a newer one.`);
  }
  return good(what, found);
};

export const controlGroupFinding = (version: 1 | 2 | undefined): Finding => {
  const what = 'control groups';
  if (version === undefined) return notChecked(what, 'neither the engine nor this machine tells their version');
  const found = `version ${version}`;
  if (version >= k3dNeeds.controlGroups) return good(what, found);
  const problem =
    "The kubelet of the lane's Kubernetes does not start on control groups version 1: start the machine with systemd.unified_cgroup_hierarchy=1 in its kernel's command line.";
  return bad(what, found, problem);
};

/** @param total the engine runs on another machine, of which only the memory in all is known. */
export const memoryFinding = (bytes: number | undefined, { total }: { readonly total: boolean }): Finding => {
  const what = total ? 'memory of the engine' : 'free memory';
  const { bytes: needed, why } = k3dNeeds.memory;
  if (bytes === undefined) return notChecked(what, 'this system does not tell');
  const found = `${describeBytes(bytes)}, ${describeBytes(needed)} needed (${why})`;
  if (bytes >= needed) return good(what, found);
  const instead = total ? 'give its virtual machine more' : 'end other programs';
  return bad(
    what,
    found,
    `A k3d lane needs ${describeBytes(needed)} of memory and ${describeBytes(bytes)} can be had: ${instead}.`,
  );
};

export const diskFinding = (folder: string, space: DiskSpace | undefined): Finding => {
  const what = "engine's disk";
  const { bytes, share, why } = k3dNeeds.disk;
  if (space === undefined) return notChecked(what, `${folder} is not for this user to see`);
  const percent = Math.floor(space.freeShare * 100);
  const found = `${describeBytes(space.freeBytes)} (${percent} %) free at ${folder}, ${describeBytes(bytes)} needed (${why})`;
  const prune = 'free some, as with docker system prune';
  if (space.freeBytes < bytes) {
    return bad(
      what,
      found,
      `Only ${describeBytes(space.freeBytes)} are free at ${folder}, ${describeBytes(bytes)} are needed: ${prune}.`,
    );
  }
  if (space.freeShare < share) {
    return bad(
      what,
      found,
      `Less than ${share * 100} % of the disk at ${folder} are free, so Kubernetes would throw pods out: ${prune}.`,
    );
  }
  return good(what, found);
};

export const inotifyFinding = (limit: InotifyLimit, value: number | undefined): Finding => {
  const { least, advised } = k3dNeeds.inotify[limit];
  if (value === undefined) return notChecked(limit, 'this system does not tell');
  const found = `${value}, at least ${least} needed`;
  if (value >= least) return good(limit, found);
  const problem = `${limit} is ${value}, too little for three clusters: run \`sudo sysctl ${limit}=${advised}\`, and write it to a file in /etc/sysctl.d to keep it.`;
  return bad(limit, found, problem);
};

export type WantedPort = Pick<HostPort, 'host' | 'port' | 'use' | 'publisher'>;

/** @param own what publishes it for the lane is there already, and so has it. */
export const portFinding = ({ host, port, use, publisher }: WantedPort, state: PortState, own: boolean): Finding => {
  const what = `port ${port}`;
  const meant = `${use}, on ${host === '0.0.0.0' ? 'all addresses' : host}`;
  if (state === 'free') return good(what, `free, for ${meant}`);
  if (state === 'unknown') return notChecked(what, `this user cannot find out; for ${meant}`);
  if (own) return good(what, `published by ${publisher}, for ${meant}`);
  const problem = `Port ${port}, for ${meant}, is taken by another program: end that first.`;
  return bad(what, `taken, for ${meant}`, problem);
};
