import { describe, expect, it } from 'vitest';
import {
  deleteCommand,
  getCommand,
  listCommand,
  execCommand,
  logsCommand,
  patchCommand,
  scaleCommand,
} from '../../../systems/kubernetes/commands.js';

const ref = { kind: 'deployments.apps', name: 'traefik', namespace: 'edge' };
const line = (command: readonly string[]): string => command.join(' ');

describe('command lines of kubectl', () => {
  it('name the object by resource, name and namespace', () => {
    expect(line(getCommand(ref))).toBe(
      'get deployments.apps traefik --namespace edge --ignore-not-found --output json',
    );
    expect(line(getCommand({ kind: 'namespaces', name: 'edge' }))).toBe(
      'get namespaces edge --ignore-not-found --output json',
    );
    expect(line(scaleCommand(ref, 0))).toBe(
      'scale deployments.apps traefik --namespace edge --replicas 0 --output name',
    );
  });

  it('look in all namespaces where none is named', () => {
    expect(line(listCommand('pods', {}))).toBe('get pods --all-namespaces --output json');
    expect(line(listCommand('pods', { namespace: 'n', selector: 'a=b', fieldSelector: 'status.phase=Running' }))).toBe(
      'get pods --namespace n --selector a=b --field-selector status.phase=Running --output json',
    );
  });

  it('kill at once only with force, which kubectl wants for it', () => {
    expect(line(deleteCommand(ref, 0))).toContain('--grace-period 0 --force');
    expect(line(deleteCommand(ref, 5))).not.toContain('--force');
    expect(line(deleteCommand(ref, undefined))).not.toContain('--grace-period');
  });

  it('have a patch in a file', () => {
    expect(line(patchCommand(ref, { type: 'json', subresource: 'status', patchFile: '/private/patch' }))).toBe(
      'patch deployments.apps traefik --namespace edge --type json --patch-file /private/patch --subresource status ' +
        '--field-manager openbao-dr --output json',
    );
  });

  it('ask for the last lines of what ran before', () => {
    expect(line(logsCommand({ namespace: 'n', pod: 'p', container: 'c', tailLines: 3, previous: true }))).toBe(
      'logs p --namespace n --container c --tail 3 --previous',
    );
  });

  it('run a program in a container, whose options are its own', () => {
    expect(line(execCommand({ namespace: 'n', pod: 'p', container: 'c', command: ['sh', '-c', 'true'] }))).toBe(
      'exec p --namespace n --container c -- sh -c true',
    );
  });

  it('take no name that would be an option', () => {
    for (const name of ['--all', '-n', '']) {
      expect(() => getCommand({ ...ref, name })).toThrow(expect.objectContaining({ type: 'KubernetesObjectInvalid' }));
    }
  });
});
