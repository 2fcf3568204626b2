import { describe, expect, it } from 'vitest';
import { catalog } from '../../../systems/tools/catalog.js';
import { isSupported } from '../../../systems/tools/version.js';
import { platformTag } from '../../../systems/tools/wheels/wheel.js';

const entries = Object.values(catalog);

describe('the catalog of tools', () => {
  it.each([
    ['temporal', 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', '1.9.1'],
    ['bao', 'OpenBao v2.7.2 (9e0a0d3c3504a0a00b45e61355afac5e35c78379), committed 2026-10-26T20:32:27Z', '2.7.2'],
    ['traefik', 'Version:      3.7.15\nCodename:     langres\nGo version:   go1.26.9', '3.7.15'],
    ['weed', 'version 8000GB 4.48 pypi linux amd64\n\nFor enterprise users', '4.48'],
    ['rustfs', 'rustfs 1.0.1\nbuild time   : 2026-10-01', '1.0.1'],
    ['rustfs', 'rustfs refs/tags/1.0.5', '1.0.5'],
    ['rclone', 'rclone v1.75.2\n- os/version: debian 12.11 (64 bit)', '1.75.2'],
    ['kubectl', '{\n  "clientVersion": {\n    "minor": "36",\n    "gitVersion": "v1.36.4",\n', '1.36.4'],
    ['kubectl', '{\n  "clientVersion": {\n    "gitVersion": "v1.34.4+k3s1",\n', '1.34.4'],
    ['helm', 'v3.22.0+g1e9c3a2', '3.22.0'],
    ['helm', 'v4.0.1+g12500dd', '4.0.1'],
    ['k3d', 'k3d version v5.9.0\nk3s version v1.35.5-k3s1 (default)', '5.9.0'],
    ['docker', 'Docker version 28.2.2, build e6534b4', '28.2.2'],
  ] as const)('reads the version of %s from %j', (tool, output, version) => {
    expect(catalog[tool].versionPattern.exec(output)?.[1]).toBe(version);
    expect(isSupported(version, catalog[tool].supported)).toBe(true);
  });

  it.each([
    ['temporal', '1.6.9', false],
    ['temporal', '1.7', true],
    ['temporal', '2.0.0', false],
    ['bao', '2.5.9', false],
    ['bao', '2.6.0', true],
    ['bao', '3.0.0', false],
    ['traefik', '3.5.12', false],
    ['traefik', '3.10.0', true],
    ['weed', '3.97', false],
    ['weed', '4.0', true],
    ['kubectl', '1.32.4', false],
    ['kubectl', '1.33.0', true],
    ['helm', '3.13.3', false],
    ['helm', '5.0.0', false],
    ['k3d', '5.5.2', false],
    ['docker', '23.0.6', false],
  ] as const)('knows whether %s %s is supported', (tool, version, expected) => {
    expect(isSupported(version, catalog[tool].supported)).toBe(expected);
  });

  it('pins a supported version of every wheel', () => {
    for (const entry of entries) {
      if (entry.package) expect(isSupported(entry.package.version, entry.supported), entry.tool).toBe(true);
    }
  });

  it('pins wheels of the platform they are listed for, each with a hash of its own', () => {
    const words = { 'linux-x64': /linux.*x86_64/, 'linux-arm64': /linux.*aarch64/ };
    const tags = { ...words, 'darwin-arm64': /^macosx.*arm64$/, 'darwin-x64': /^macosx.*x86_64$/ };
    const hashes = new Set<string>();
    let wheels = 0;
    for (const { package: pinned } of entries) {
      for (const [platform, wheel] of Object.entries(pinned?.wheels ?? {})) {
        expect(platformTag(wheel)).toMatch(tags[platform as keyof typeof tags]);
        expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(wheel.fileName).toContain(`-${pinned?.version}-`);
        hashes.add(wheel.sha256);
        wheels += 1;
      }
    }
    expect(hashes.size).toBe(wheels);
  });
});
