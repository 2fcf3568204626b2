import { describe, expect, it } from 'vitest';
import { readCopyLog } from '../../../../systems/openbao/log/copy-log.js';
import { parseLogLine } from '../../../../systems/openbao/log/log-line.js';

/** Written by OpenBao 2.7.2, whose snapshot held a mount of a plugin that the room was not given, and a namespace with its own seal. */
const log = `2026-11-28T13:04:26.010Z [ERROR] core: something of the room's own store: error="before"
2026-11-28T13:04:36.102Z [ERROR] core: error checking health: error="decryption failed: cipher: message authentication failed"
2026-11-28T13:04:36.139Z [INFO]  core: running post snapshot restore invalidations
2026-11-28T13:04:36.139Z [INFO]  core: failed to perform key upgrades, reloading using auto seal
2026-11-28T13:04:36.139Z [INFO]  core: done reloading root key using auto seal
2026-11-28T13:04:36.195Z [INFO]  core: post-unseal setup starting
2026-11-28T13:04:36.196Z [INFO]  core: loaded wrapping token key
2026-11-28T13:04:36.196Z [INFO]  core: successfully setup plugin catalog: plugin-directory=""
2026-11-28T13:04:36.198Z [INFO]  namespace: discovered namespace: path=own/ uuid=f662e779-39bd-1f8d-66f5-87b2b803e30c
2026-11-28T13:04:36.198Z [INFO]  core: reading transactional mount table
2026-11-28T13:04:36.203Z [INFO]  core: successfully mounted: type=database version="v2.7.2+builtin.bao" path=db/ namespace="ID: root. Path: "
2026-11-28T13:04:36.204Z [ERROR] core: failed to create mount entry: path=mine/ error="plugin not found in the catalog: my-plugin"
2026-11-28T13:04:36.204Z [WARN]  core: skipping plugin-based mount entry: path=mine/
2026-11-28T13:04:36.204Z [INFO]  core: successfully mounted: type=my-plugin version="" path=mine/ namespace="ID: root. Path: "
2026-11-28T13:04:36.205Z [INFO]  core: reading transactional auth mount table
2026-11-28T13:04:36.205Z [INFO]  core: successfully mounted: type=token version="v2.7.2+builtin.bao" path=token/ namespace="ID: root. Path: "
2026-11-28T13:04:36.207Z [INFO]  core: enabled audit backend: path=sock/ type=socket
2026-11-28T13:04:36.207Z [INFO]  core: disabling removed audit device: path=sock/
2026-11-28T13:04:36.208Z [INFO]  expiration: lease restore complete
2026-11-28T13:04:36.209Z [ERROR] core: skipping initialization for nil backend: path=mine/ type=my-plugin version="" path=mine/
2026-11-28T13:04:36.209Z [INFO]  core: post-unseal setup complete
2026-11-28T13:04:36.209Z [WARN]  core: attempted unseal with stored keys, but vault is already unsealed
`;

describe("a copy's log", () => {
  it('says what came back, and what of it is dead', () => {
    expect(readCopyLog(log)).toEqual({
      complete: true,
      mounts: [
        { kind: 'secret', path: 'db/', type: 'database', namespace: '' },
        { kind: 'secret', path: 'mine/', type: 'my-plugin', namespace: '' },
        { kind: 'auth', path: 'token/', type: 'token', namespace: '' },
      ],
      namespaces: [{ path: 'own/', uuid: 'f662e779-39bd-1f8d-66f5-87b2b803e30c' }],
      deadMounts: [{ path: 'mine/', why: 'failed to create mount entry: plugin not found in the catalog: my-plugin' }],
      missingPlugins: ['my-plugin'],
      auditDevices: ['sock/'],
      refusedAudits: [],
      revocations: [],
      rotations: [],
      errors: [],
    });
  });

  it('says of other errors each once, without what could be a secret', () => {
    const error =
      '2026-11-28T13:04:36.210Z [ERROR] secrets.kv.kv_1: upgrade failed: error="token hvs.CAESIJabcdefghijklmnopqrstuvwxyz"\n';
    const { errors } = readCopyLog(log + error + error);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^upgrade failed: token /);
    expect(errors[0]).not.toContain('hvs.CAESI');
  });

  it('says apart what the room kept it from: leases of real systems, and passwords to rotate', () => {
    const tried = [
      '2026-11-28T13:30:36.853Z [ERROR] expiration: failed to revoke lease: lease_id=database/creds/app/ZRRz1A error="failed to revoke entry: resp: (*logical.Response)(nil) err: dial tcp 127.0.0.1:1: connect: connection refused" attempts=1 next_attempt=28s',
      '2026-11-28T13:30:38.853Z [ERROR] expiration: failed to revoke lease: lease_id=database/creds/app/ZRRz1A error="again" attempts=2 next_attempt=28s',
      '2026-11-28T13:30:38.854Z [ERROR] expiration: failed to revoke lease: lease_id=database/creds/app/32Fgp error="failed" attempts=1 next_attempt=14s',
      '2026-11-28T13:30:41.960Z [ERROR] secrets.database.database_6898886a: unable to rotate credentials in periodic function: database=address role=app error="error verifying connection"',
      '',
    ];
    expect(readCopyLog(log + tried.join('\n'))).toMatchObject({
      revocations: [{ path: 'database/creds/app', count: 2 }],
      rotations: ['database_6898886a/app'],
      errors: [],
    });
  });

  it('is not complete when it was cut, and empty when there is nothing', () => {
    expect(readCopyLog(log.slice(0, log.indexOf('post-unseal setup complete'))).complete).toBe(false);
    expect(readCopyLog('')).toMatchObject({ complete: false, mounts: [], errors: [] });
  });

  it('is that of the copy alone where the room has started OpenBao again for its shares', () => {
    const again = log.slice(log.indexOf('2026-11-28T13:04:36.195Z'));
    const failed = '2026-11-28T13:04:37.000Z [ERROR] core: failed to unseal: error="sealed"\n';
    expect(readCopyLog(log + failed + again)).toEqual(readCopyLog(log));
  });
});

describe('a line of the log', () => {
  it('has facts, also with quotes in them', () => {
    expect(
      parseLogLine('2026-11-28T13:04:36.204Z [ERROR] core: it failed: path=a/ error="said \\"no\\": x=y" left=3'),
    ).toEqual({
      level: 'ERROR',
      from: 'core',
      message: 'it failed',
      facts: { path: 'a/', error: 'said "no": x=y', left: '3' },
    });
  });

  it('is none in the summary of a configuration', () => {
    expect(parseLogLine('             Listener 1: unix (addr: "/room/api.sock")')).toBeUndefined();
  });
});
