/** A container engine of its own whose data has next to no room: only for root, and only where the engine's program is. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { waitUntil } from '../../systems/waiting/wait-until.js';

export interface SmallEngine extends AsyncDisposable {
  /** As DOCKER_HOST has it. */
  readonly host: string;
  readonly data: string;
}

/** Undefined when one can be started here. */
export const whyNoSmallEngine = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux may mount a small disk';
  const found = await execa('sh', ['-c', 'command -v dockerd && command -v mount'], { reject: false });
  return found.exitCode === 0 ? undefined : 'there is no dockerd';
};

/** It makes no network: nothing of it meets the engine that is there. */
export const startSmallEngine = async (folder: string, sizeMebibytes: number): Promise<SmallEngine> => {
  const data = join(folder, 'data');
  const host = `unix://${join(folder, 'docker.sock')}`;
  await mkdir(data, { recursive: true });
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${sizeMebibytes}m`, 'tmpfs', data]);
  const settings = ['--data-root', data, '--exec-root', join(folder, 'run'), '--pidfile', join(folder, 'pid')];
  const engine = execa('dockerd', [...settings, '--host', host, '--bridge=none', '--iptables=false'], {
    reject: false,
    stdin: 'ignore',
    buffer: false,
    stdout: 'ignore',
    stderr: 'ignore',
  });
  const end = async (): Promise<void> => {
    engine.kill('SIGTERM');
    await engine;
    await execa('umount', [data]);
  };
  try {
    await waitUntil(
      async () => {
        const { exitCode } = await execa('docker', ['--host', host, 'version'], { reject: false });
        return exitCode === 0 ? true : undefined;
      },
      { what: 'the small engine', timeoutMs: 60_000, intervalMs: 200 },
    );
  } catch (error) {
    await end();
    throw error;
  }
  return { host, data, [Symbol.asyncDispose]: end };
};
