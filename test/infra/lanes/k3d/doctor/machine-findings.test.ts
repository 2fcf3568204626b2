import { describe, expect, it } from 'vitest';
import {
  controlGroupFinding,
  diskFinding,
  engineFinding,
  inotifyFinding,
  memoryFinding,
  portFinding,
} from '../../../../../infra/lanes/k3d/doctor/machine-findings.js';

const gibibyte = 1024 ** 3;

const engine = (version: string) => ({
  version,
  machine: 'vm',
  operatingSystem: 'Debian GNU/Linux 12',
  memoryBytes: 8 * gibibyte,
  rootFolder: '/var/lib/docker',
  controlGroups: 2 as const,
});

describe('the docker engine', () => {
  it.each(['20.10.5', '20.10.24+dfsg1', '28.2.2', '29.0.0-rc.1'])('of version %s will do', (version) => {
    expect(engineFinding(engine(version))).toMatchObject({ ok: true, found: `${version} on Debian GNU/Linux 12` });
  });

  it.each(['20.10.4', '19.03.15', 'dev'])('of version %s will not', (version) => {
    const { ok, problem } = engineFinding(engine(version));
    expect(ok).toBe(false);
    expect(problem).toContain('20.10.5 or newer');
  });

  it('that does not answer is told with what its program said', () => {
    const { ok, problem } = engineFinding({ said: 'permission denied' });
    expect(ok).toBe(false);
    expect(problem).toBe('The Docker engine does not answer: start it, and let this user use it (permission denied).');
    expect(engineFinding({ said: '' }).problem).toMatch(/use it\.$/);
  });
});

describe('control groups', () => {
  it('have to be of version 2', () => {
    expect(controlGroupFinding(2)).toMatchObject({ ok: true });
    expect(controlGroupFinding(1)).toMatchObject({ ok: false });
    expect(controlGroupFinding(1).problem).toContain('systemd.unified_cgroup_hierarchy=1');
    expect(controlGroupFinding(undefined)).toMatchObject({ ok: null });
  });
});

describe('memory', () => {
  it('is told with what is needed, and where that figure comes from', () => {
    const { ok, found } = memoryFinding(5 * gibibyte, { total: false });
    expect(ok).toBe(true);
    expect(found).toMatch(/^5\.0 GiB, 4\.0 GiB needed \(2\.7 GiB measured/);
  });

  it('that is too little is a problem, here or in the machine of the engine', () => {
    expect(memoryFinding(3 * gibibyte, { total: false }).problem).toContain('end other programs');
    expect(memoryFinding(3 * gibibyte, { total: true }).problem).toContain('virtual machine');
  });

  it('that nobody tells is not checked', () => {
    expect(memoryFinding(undefined, { total: false })).toMatchObject({ ok: null });
  });
});

describe("the engine's disk", () => {
  it.each([
    ['enough', { freeBytes: 20 * gibibyte, freeShare: 0.5 }, true],
    ['too little', { freeBytes: 5 * gibibyte, freeShare: 0.5 }, false],
    ['much, and nearly full all the same', { freeBytes: 40 * gibibyte, freeShare: 0.04 }, false],
    ['not to be seen', undefined, null],
  ])('is %s', (_, space, ok) => {
    expect(diskFinding('/var/lib/docker', space)).toMatchObject({ ok });
  });
});

describe('a limit on watching files', () => {
  it('that is too low is told with the command that raises it', () => {
    expect(inotifyFinding('fs.inotify.max_user_instances', 128)).toEqual({
      what: 'fs.inotify.max_user_instances',
      found: '128, at least 256 needed',
      ok: false,
      problem:
        'fs.inotify.max_user_instances is 128, too little for three clusters: run `sudo sysctl fs.inotify.max_user_instances=512`, and write it to a file in /etc/sysctl.d to keep it.',
    });
    expect(inotifyFinding('fs.inotify.max_user_watches', 65_536)).toMatchObject({ ok: true });
    expect(inotifyFinding('fs.inotify.max_user_watches', undefined)).toMatchObject({ ok: null });
  });
});

describe('a port', () => {
  const port = { host: '0.0.0.0', port: 443, use: 'edge of infra', publisher: 'cluster openbao-dr-infra' };

  it.each([
    ['free', 'free', false, true],
    ['taken by somebody', 'taken', false, false],
    ['taken by the cluster it is for', 'taken', true, true],
    ['not to be told', 'unknown', false, null],
  ] as const)('may be %s', (_, state, own, ok) => {
    const finding = portFinding(port, state, own);
    expect(finding).toMatchObject({ what: 'port 443', ok });
    expect(finding.found).toContain('edge of infra, on all addresses');
  });
});
