import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bridgeAddresses } from '../../../systems/machine/bridges.js';

const having = (address: string, family: 'IPv4' | 'IPv6' = 'IPv4'): NetworkInterfaceInfo =>
  ({ address, family }) as NetworkInterfaceInfo;

it('answers the IPv4 addresses of bridges, and of no other interface', async () => {
  const root = await mkdtemp(join(tmpdir(), 'openbao-dr-bridges-'));
  try {
    await mkdir(join(root, 'docker0', 'bridge'), { recursive: true });
    await mkdir(join(root, 'eth0'));
    const interfaces = { docker0: [having('172.17.0.1'), having('fe80::1', 'IPv6')], eth0: [having('192.168.1.7')] };
    expect(await bridgeAddresses(interfaces, root)).toEqual(['172.17.0.1']);
    expect(await bridgeAddresses(interfaces, join(root, 'missing'))).toEqual([]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

it('leaves out a bridge with a physical member: other machines reach its address', async () => {
  const root = await mkdtemp(join(tmpdir(), 'openbao-dr-bridges-'));
  try {
    for (const [bridge, member] of [
      ['br0', 'eth0'],
      ['docker0', 'veth1'],
    ] as const) {
      await mkdir(join(root, bridge, 'bridge'), { recursive: true });
      await mkdir(join(root, bridge, 'brif', member), { recursive: true });
      await mkdir(join(root, member));
    }
    await mkdir(join(root, 'eth0', 'device'));
    const interfaces = { br0: [having('192.168.1.7')], docker0: [having('172.17.0.1')] };
    expect(await bridgeAddresses(interfaces, root)).toEqual(['172.17.0.1']);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
