import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHelm, helmFailure, helmUninstallCommand, helmUpgradeCommand } from '../../../systems/helm/helm.js';
import { recorder } from '../../support/recorder.js';

const release = {
  release: 'openbao-operator',
  chart: 'openbao-operator',
  repository: 'https://charts.example.com',
  version: '0.5.1',
  namespace: 'openbao-operator-system',
  timeoutSeconds: 300,
};

describe('helm', () => {
  it('installs or upgrades a release, and waits for it', () => {
    expect(helmUpgradeCommand('k3d-a', release).join(' ')).toBe(
      'upgrade openbao-operator openbao-operator --install --kube-context k3d-a --namespace openbao-operator-system ' +
        '--create-namespace --repo https://charts.example.com --version 0.5.1 --values - --wait --timeout 300s',
    );
  });

  it('takes a release away, waits until it is gone, and does not mind that there is none', () => {
    expect(helmUninstallCommand('k3d-a', release).join(' ')).toBe(
      'uninstall openbao-operator --kube-context k3d-a --namespace openbao-operator-system --ignore-not-found --wait --timeout 300s',
    );
  });

  it('says of what is not gone in time something else than of what is not ready', () => {
    const stderr = 'Error: 1 error occurred:\n\t* timed out waiting for the condition';
    expect(helmFailure(stderr, 'k3d-a', release, 'uninstall').message).toContain('were not removed in time');
    expect(helmFailure(stderr, 'k3d-a', release).message).toContain('did not become ready in time');
  });

  it('gets values on standard input, and keeps what it caches in a folder of its own', async () => {
    const { file, folder, calls } = await recorder();
    const home = join(folder, 'helm-home');
    const environment = { PATH: process.env['PATH'], HOME: '/home/somebody', SECRET: 'of the worker' };
    const helm = createHelm({
      helm: file,
      context: 'k3d-a',
      kubeconfig: '/state/kubeconfig',
      environment,
      folder: home,
    });
    await helm.upgrade(release, { password: 'hunter22' });
    const [call] = await calls();
    expect(JSON.parse(call?.input ?? '')).toEqual({ password: 'hunter22' });
    expect(call?.args.join(' ')).not.toContain('hunter22');
    expect(call?.env).toEqual({
      PATH: process.env['PATH'],
      HOME: home,
      KUBECONFIG: '/state/kubeconfig',
      KUBERC: 'off',
      HELM_CACHE_HOME: join(home, 'helm', 'cache'),
      HELM_CONFIG_HOME: join(home, 'helm', 'config'),
      HELM_DATA_HOME: join(home, 'helm', 'data'),
    });
  });

  // As Helm 3.22 printed them.
  it.each([
    ['HelmReleaseBusy', false, 'Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress'],
    ['TimedOut', true, 'Release "r" does not exist. Installing it now.\nError: context deadline exceeded'],
    ['KubernetesContextMissing', false, 'Error: Kubernetes cluster unreachable: context "nope" does not exist'],
    [
      'KubernetesUnreachable',
      true,
      'Error: Kubernetes cluster unreachable: Get "https://127.0.0.1:9/version": dial tcp 127.0.0.1:9: connect: connection refused',
    ],
    [
      'KubernetesForbidden',
      false,
      'Error: query: failed to query with labels: secrets is forbidden: User "u" cannot list resource "secrets" in API group "" in the namespace "n"',
    ],
    ['HelmFailed', false, 'Error: execution error at (probe/templates/cm.yaml:4:41): b is needed'],
    [
      'HelmFailed',
      false,
      'Error: Get "https://localhost:1/v2/x/tags/list": dial tcp 127.0.0.1:1: connect: connection refused',
    ],
  ])('says %s (a retry helps: %s) for %s', (type, retryable, stderr) => {
    expect(helmFailure(stderr, 'k3d-a', release)).toMatchObject({ type, retryable });
  });
});
