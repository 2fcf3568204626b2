/**
 * Real clusters for whole drills of k3d lanes: three with the contexts that k3d gives, an operator in two of them, and the
 * helper images on their nodes. They are found, not made: which ones, the environment says.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createServer, connect, type Socket } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { execa } from 'execa';

export interface K3dLab {
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** Gateway API's definitions, as a file or a folder. */
  readonly gatewayDefinitions: string | undefined;
  /** This machine, as pods reach it, and infra's node. */
  readonly hostAddress: string;
  readonly infraAddress: string;
  readonly images: { readonly jobs: string; readonly init: string };
}

const { env } = process;
const lab = join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'openbao-dr-k8s-lab');

/** The clusters, or in one sentence what is missing. */
export const findK3dLab = async (): Promise<K3dLab | string> => {
  const kubeconfig = env['OPENBAO_DR_LAB_KUBECONFIG'] ?? join(lab, 'kubeconfig');
  if (!(await isThere(kubeconfig))) return 'no clusters are set up: OPENBAO_DR_LAB_KUBECONFIG names none';
  const kubectl = env['OPENBAO_DR_KUBECTL'] ?? join(lab, 'venv', 'bin', 'kubectl');
  if (!(await isThere(kubectl))) return 'no kubectl for them: OPENBAO_DR_KUBECTL names none';
  for (const side of ['source', 'target'] as const) {
    const args = ['--kubeconfig', kubeconfig, '--context', `k3d-openbao-dr-${side}`, '--request-timeout', '3s'];
    const found = await execa(kubectl, [...args, 'get', 'crd', 'openbaorestores.openbao.org', '-o', 'name'], {
      reject: false,
    });
    if (found.exitCode !== 0) return `no operator in the cluster of the ${side}: ${found.stderr.split('\n')[0] ?? ''}`;
  }
  return {
    kubeconfig,
    kubectl,
    gatewayDefinitions: env['OPENBAO_DR_GATEWAY_CRDS'],
    hostAddress: env['OPENBAO_DR_LAB_HOST'] ?? '10.90.0.1',
    infraAddress: env['OPENBAO_DR_LAB_INFRA'] ?? '10.90.0.10',
    images: {
      jobs: env['OPENBAO_DR_LAB_JOBS_IMAGE'] ?? 'ghcr.io/dc-tec/openbao-backup:lab',
      init: env['OPENBAO_DR_LAB_INIT_IMAGE'] ?? 'ghcr.io/dc-tec/openbao-init:lab',
    },
  };
};

const isThere = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );

/** Plays the port that k3d publishes for infra's edge: pods reach it at this machine's address. */
export const publishInfra = async ({ hostAddress, infraAddress }: K3dLab): Promise<AsyncDisposable> => {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(443, infraAddress);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      open.add(one);
      one.on('error', () => undefined).on('close', () => (open.delete(one), other.destroy()));
    }
    socket.pipe(onward).pipe(socket);
  });
  server.listen(443, hostAddress);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
};
