/** Judgements from what real servers answered (OpenBao 2.7.2); test/activities/safeguards.test.ts asks them. */
import { describe, expect, it } from 'vitest';
import { check, skippedCheck } from '../../../domain/run/checks.js';
import { compareAuditDevices, readAuditDevices } from '../../../domain/pair/safeguards/audit-devices.js';
import { isCoreKey, meaningOfCoreKey } from '../../../domain/pair/safeguards/core-keys.js';
import { externalMounts, judgeMounts, readMounts } from '../../../domain/pair/safeguards/mounts.js';
import { warnOfSkipped } from '../../../domain/pair/safeguards/not-seen.js';
import { limitsMet, quotaWarnings, readRateLimit } from '../../../domain/pair/safeguards/quotas.js';
import { judgeNamespaces, warnOfSealed } from '../../../domain/pair/safeguards/sealed-namespaces.js';
import { checkRaftStorage, countVoters } from '../../../domain/pair/safeguards/storage.js';
import { checkStoreEquality } from '../../../domain/snapshot/store-equality.js';
import { warnOfNode } from '../../../domain/snapshot/snapshot-warnings.js';
import { nodeKindOf } from '../../../systems/openbao/api/active-node.js';

const sha256 = '26b7da52fc080a0916482ed8a0683b5be2e60f4be492ae8f4a15171c9906d2db';
/** `sys/mounts` of a server that has an external plugin's program, and of one that restored its snapshot without it. */
const served = {
  'sys/': { type: 'system', plugin_version: '', running_plugin_version: 'v2.7.2+builtin.bao', running_sha256: '' },
  'ext/': { type: 'ext', plugin_version: 'v1.2.3', running_plugin_version: 'v1.2.3', running_sha256: sha256 },
};
const dead = { ...served, 'ext/': { ...served['ext/'], running_plugin_version: '', running_sha256: '' } };

describe('mounts', () => {
  const external = externalMounts(readMounts(served));

  it('are those of external plugins where a digest is told', () => {
    expect(external).toEqual([{ path: 'ext/', type: 'ext', version: 'v1.2.3', sha256 }]);
  });

  it('pass when everything is served by the same programs', () => {
    expect(judgeMounts(readMounts(served), external)).toEqual({
      passed: true,
      observed: '2 mounts served, 1 of them by external plugins',
    });
  });

  it('do not pass with a dead one, whether or not the source was seen', () => {
    for (const known of [external, undefined]) {
      const { passed, observed } = judgeMounts(readMounts(dead, 'tenant/'), known);
      expect(passed).toBe(false);
      expect(observed).toMatch(/^tenant\/ext\/ \(ext\) is dead: nothing serves it: put the same plugins/);
    }
  });

  it('do not pass with another program than the source has', () => {
    const other = { ...served, 'ext/': { ...served['ext/'], running_sha256: 'f'.repeat(64) } };
    expect(judgeMounts(readMounts(other), external).observed).toMatch(
      /^ext\/ \(ext\) runs another program: .*ffff.*26b7/,
    );
  });
});

describe('audit devices', () => {
  const device = (file: string, more: object = {}) => ({
    'main/': { type: 'file', local: false, path: 'main/', description: '', options: { file_path: file, ...more } },
  });
  const compare = (source: unknown, target: unknown) =>
    compareAuditDevices(readAuditDevices(source), readAuditDevices(target));

  it('pass if they are the same, or if there are none', () => {
    expect(compare(device('/a'), device('/a'))).toEqual({ passed: true, observed: 'the same: main/' });
    expect(compare({}, undefined)).toEqual({ passed: true, observed: 'none on either side' });
  });

  it('say what becomes of each that differs', () => {
    expect(compare(device('/a'), device('/b')).observed).toContain(
      'main/ differs (file_path /a and /b), so the restored target would never become active',
    );
    expect(compare(device('/a'), {}).observed).toContain(
      'main/ only on the source, so the target would run without it',
    );
    expect(compare({}, device('/a')).passed).toBe(false);
  });

  it('show no value of an option that may hold a credential', () => {
    const { observed } = compare(device('/a', { headers: 'Bearer one' }), device('/a', { headers: 'Bearer two' }));
    expect(observed).toContain('main/ differs (headers)');
    expect(observed).not.toContain('Bearer');
  });
});

describe('namespaces with a seal of their own', () => {
  const own = { namespaces: 2, ids: ['a', 'b'] };

  it('pass only if every one of them was seen unsealed', () => {
    const open = [
      { path: 'x/', sealed: false },
      { path: 'y/', sealed: false },
    ];
    expect(judgeNamespaces(own, open).passed).toBe(true);
    expect(judgeNamespaces(own, open.slice(1))).toMatchObject({ passed: false });
    expect(judgeNamespaces(own, [{ path: 'x/', sealed: true }]).observed).toMatch(
      /^sealed: x\/; 1 not seen, as what lies below a sealed one; their clients have no service/,
    );
  });

  it('may stay sealed where the plan names them, with those below that it names as well', () => {
    const own = { namespaces: 3, ids: ['a', 'b', 'c'] };
    const seen = [
      { path: 'x/', sealed: true },
      { path: 'y/', sealed: true },
    ];
    expect(judgeNamespaces(own, seen, ['x', 'y', 'x/z'])).toEqual({
      passed: true,
      observed: '3 namespaces have such a seal, sealed as the plan expects: x, y, x/z',
    });
    expect(judgeNamespaces(own, seen, ['x', 'y']).observed).toMatch(/^1 not seen, as what lies below/);
    expect(judgeNamespaces(own, seen, ['x', 'x/z']).observed).toMatch(/^sealed: y\/; their clients/);
    expect(judgeNamespaces(own, seen, ['x', 'y', 'other/z']).passed).toBe(false);
  });

  it('are warned of wherever the plan names some', () => {
    const sealed = check(
      'namespaces-unsealed',
      true,
      'unsealed',
      '1 namespace has such a seal, sealed as the plan expects: x',
    );
    expect(warnOfSealed(['x'], [sealed])).toEqual([
      {
        name: 'namespaces-left-sealed',
        sentence: expect.stringMatching(/\(x\).*until the holders.*expects: x\.$/) as string,
      },
    ]);
    expect(warnOfSealed([], [sealed])).toEqual([]);
  });
});

describe('storage', () => {
  it('has to be Raft on both sides, and tells how many voters were seen', () => {
    const raft = { type: 'raft', voters: 3 };
    expect(checkRaftStorage({ source: raft, target: { type: 'raft' } })).toMatchObject({
      outcome: 'passed',
      observed: 'source raft, 3 voters, target raft',
    });
    expect(checkRaftStorage({ source: raft, target: { type: 'postgresql' } })).toMatchObject({ outcome: 'failed' });
    expect(checkRaftStorage({ source: raft, target: {} })).toMatchObject({ outcome: 'skipped' });
  });

  it('counts voters, not peers', () => {
    expect(countVoters({ config: { servers: [{ voter: true }, { voter: false }, { voter: true }] } })).toBe(2);
    expect(countVoters(undefined)).toBeUndefined();
  });
});

describe('rate-limit quotas', () => {
  const tiny = { block_interval: 3, interval: 10, name: 'tiny', path: '', rate: 20, role: '', type: 'rate-limit' };

  it('are met if they let through less than a drill asks for, by the second', () => {
    const limit = readRateLimit(tiny);
    expect(limit).toEqual({ name: 'tiny', path: '', perSecond: 2, blockSeconds: 3 });
    expect(limitsMet([limit!, { ...limit!, perSecond: 1000 }, { ...limit!, path: 'other/' }])).toEqual([limit]);
    expect(quotaWarnings({ target: [limit!] })[0]?.sentence).toContain(
      'tiny of the target (all paths: 2 requests a second, then 3.0 s without any)',
    );
    expect(quotaWarnings({ source: [] })).toEqual([]);
  });

  it('are no standby, although both answer 429', () => {
    expect(nodeKindOf(429, { errors: ['request path "sys/health": rate limit quota exceeded'] })).toBeUndefined();
    expect(nodeKindOf(429, { initialized: true, sealed: false, standby: true })).toBe('standby');
    expect(nodeKindOf(473, { initialized: true, sealed: false })).toBe('standby');
    expect(nodeKindOf(200, { initialized: true, sealed: false, standby: false })).toBe('active');
    expect(nodeKindOf(503, { initialized: true, sealed: true, standby: true })).toBeUndefined();
  });
});

describe('what could not be seen', () => {
  it('becomes a warning, and nothing else does', () => {
    expect(
      warnOfSkipped([skippedCheck('mounts-alive', 'x', 'y', 'may not'), check('same-seal', true, '', '')]),
    ).toEqual([
      expect.objectContaining({
        name: 'mounts-not-seen',
        sentence: expect.stringContaining('Not checked: may not') as string,
      }),
    ]);
  });

  it('is not the kind of node that sent the snapshot', () => {
    expect(warnOfNode({ takenFrom: 'standby' })).toMatchObject([{ name: 'snapshot-from-standby' }]);
    expect(warnOfNode({ takenFrom: 'active' })).toEqual([]);
    expect(warnOfNode({})).toEqual([]);
  });
});

describe('keys below core/', () => {
  it('are named where they differ, with what it means', () => {
    expect(isCoreKey('namespaces/a/core/mounts/b')).toBe(true);
    expect(isCoreKey('logical/a/core/b')).toBe(false);
    expect(meaningOfCoreKey('core/local-audit')).toContain('audit devices');
    const made = checkStoreEquality(
      {
        equal: false,
        entries: { source: 2, target: 1 },
        groups: [{ name: 'core', entries: 2, sha256: '', changed: 1, missing: 1, added: 0 }],
        core: [
          { key: 'core/audit', difference: 'changed' },
          { key: 'core/something', difference: 'missing' },
        ],
        explained: [],
      },
      new Map(),
    );
    expect(made.observed).toMatch(
      /^2 differences: core \(1 changed, 1 missing\) \(core\/audit changed: the table of audit devices: .*; core\/something missing\)$/,
    );
  });
});
