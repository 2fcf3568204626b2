import { describe, expect, it } from 'vitest';
import {
  expectationsIn,
  isFinalReason,
  isSameRestore,
  outcomeOf,
  readRelease,
  readRestore,
  restoreName,
  restoreObject,
  type RestoreRequest,
} from '../../../systems/openbao-operator/restore.js';

const request: RestoreRequest = {
  name: 'drill-1',
  drillId: '20260304T091500Z-5f3a9c21',
  operator: {
    context: 'k3d-openbao-dr-target',
    namespace: 'n',
    cluster: 'c',
    restoreRole: 'openbao-operator-restore',
    storage: {
      endpoint: 'http://rustfs.n.svc:19000',
      region: 'us-east-1',
      bucket: 'b',
      forcePathStyle: true,
      credentialsSecret: 's',
      pathPrefix: '',
    },
  },
  snapshot: { key: 'k.snap', sizeBytes: 5, sha256: 'AB', takenAt: '2026-01-01T00:00:00Z', index: 7 },
  expectations: [],
  force: false,
};

describe('the name of a restore', () => {
  it('is that of the drill and the attempt, always the same', () => {
    expect(restoreName('20260304T091500Z-5f3a9c21', 1)).toBe('drill-20260304t091500z-5f3a9c21-1');
    expect(restoreName('20260304T091500Z-5f3a9c21', 12)).toBe('drill-20260304t091500z-5f3a9c21-12');
  });

  it.each(['x'.repeat(200), 'Ünï/cödé__id', '--', `a${'-'.repeat(80)}b`])(
    'is a label, with room for that of its Job, for %s',
    (drillId) => {
      const name = restoreName(drillId, 7);
      expect(name).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]$/);
      expect(`restore-${name}`.length).toBeLessThanOrEqual(63);
    },
  );
});

describe('a restore that was found', () => {
  const wanted = restoreObject(request);
  /** As the server returns it, with its defaults. */
  const found = (change: object = {}) => {
    const spec = structuredClone(wanted.spec) as { source: { target: object } };
    spec.source.target = { ...spec.source.target, partSize: 10485760, concurrency: 3 };
    return { metadata: { ...wanted.metadata, uid: 'u' }, spec: { ...spec, force: false, ...change } };
  };

  it('is the one that was to be made, whatever defaults the server added', () => {
    expect(isSameRestore(found(), wanted)).toBe(true);
  });

  it.each([
    ['another cluster', { cluster: 'other' }],
    ['force', { force: true }],
    ['another lock broken', { overrideOperationLock: true }],
    ['a cluster of its own', { clusterTemplate: {} }],
    ['another key', { source: { ...(wanted.spec['source'] as object), key: 'other.snap' } }],
  ])('is another one when it asks for %s', (_, change) => {
    expect(isSameRestore(found(change), wanted)).toBe(false);
  });

  it('is another one when it is bound to another digest under the same key', () => {
    const other = restoreObject({ ...request, snapshot: { ...request.snapshot, sha256: 'CD' } });
    expect(isSameRestore(found(), other)).toBe(false);
  });
});

it('tells the operator what it can check, and only that', () => {
  const { spec } = restoreObject({
    ...request,
    expectations: ['expectedDigest', 'expectedSize', 'expectedVersion'],
    clusterId: 'id',
  });
  expect(spec['source']).toMatchObject({ expectedDigest: 'sha256:ab', expectedSize: 5 });
  expect(Object.keys(spec['source'] as object)).toEqual(['target', 'key', 'expectedDigest', 'expectedSize']);
  expect(restoreObject({ ...request, force: true }).spec).toMatchObject({ force: true });
});

it('reads from the definition what the installed operator can check', () => {
  const definition = (...fields: string[]) => {
    const source = { properties: Object.fromEntries(fields.map((field) => [field, {}])) };
    const schema = { openAPIV3Schema: { properties: { spec: { properties: { source } } } } };
    return {
      spec: {
        versions: [
          { name: 'v1', schema: {} },
          { name: 'v1alpha1', schema },
        ],
      },
    };
  };
  expect(expectationsIn(definition('key', 'target'))).toEqual([]);
  expect(expectationsIn(definition('key', 'expectedSize', 'expectedDigest'))).toEqual([
    'expectedDigest',
    'expectedSize',
  ]);
  expect(expectationsIn(undefined)).toEqual([]);
});

describe('the status of a restore', () => {
  it.each([
    ['Pending', undefined],
    ['Validating', undefined],
    ['Running', undefined],
    ['Completed', 'completed'],
    ['Failed', 'failed'],
    ['Unknown', 'held'],
  ])('in phase %s has come to %s', (phase, outcome) => {
    expect(outcomeOf(readRestore({ status: { phase } }))).toBe(outcome);
  });

  it('is that of one nobody has looked at when there is none', () => {
    expect(readRestore({ metadata: { creationTimestamp: '2026-01-01T00:00:00Z' } })).toEqual({
      phase: 'Pending',
      message: '',
      startedAt: '2026-01-01T00:00:00Z',
    });
  });
});

it('says what keeps the operator from going on, and what nobody needs to wait for', () => {
  const status = (condition: object) => ({ status: { conditions: [{ type: 'RecoveryReleased', ...condition }] } });
  expect(readRelease({ status: {} })).toBeUndefined();
  expect(readRelease(status({ status: 'False', reason: 'WaitingForPod', message: 'c-0' }))).toEqual({
    is: 'blocked',
    reason: 'WaitingForPod',
    message: 'c-0',
  });
  expect(readRelease(status({ status: 'True', reason: 'Resumed' }))).toEqual({ is: 'released', message: 'Resumed' });
  expect(readRelease({ status: { administratorDisposition: 'Resume' } })).toMatchObject({ is: 'released' });
  expect([isFinalReason('WaitingForPod'), isFinalReason('RecoveryBlocked')]).toEqual([false, true]);
});
