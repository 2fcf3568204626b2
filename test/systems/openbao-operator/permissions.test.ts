import { expect, it } from 'vitest';
import { leastPermissions } from '../../../systems/openbao-operator/permissions.js';
import { describePermission } from '../../../domain/pair/permissions.js';
import { operatorOfSide } from '../../activities/operator/operator-sites.js';

const described = (side: 'source' | 'target', strict: boolean, jobImage?: string) =>
  leastPermissions(side, { ...operatorOfSide(side), ...(jobImage !== undefined && { jobImage }) }, strict).map(
    describePermission,
  );

it('asks for the operator’s own verb at the target, and lets nobody restore the source', () => {
  const restore = 'restore openbaoclusters.openbao.org openbaocluster-dr-target in openbaocluster-dr-target';
  expect(described('target', false)).toContain(restore);
  expect(described('source', true).join()).not.toContain('restore');
  expect(described('source', true)).toContain(
    'patch openbaoclusters.openbao.org openbaocluster-dr-source in openbaocluster-dr-source',
  );
});

it('asks for tokens by the name of their account', () => {
  for (const side of ['source', 'target'] as const) {
    const tokens = leastPermissions(side, operatorOfSide(side), true).filter(
      ({ subresource }) => subresource === 'token',
    );
    expect(tokens.length).toBeGreaterThan(0);
    for (const { name } of tokens) expect(name).toMatch(/-(backup|restore)-serviceaccount$/);
  }
});

it('asks for what only the admission of the newer line asks for, and only there', () => {
  const secret = 'get secrets rustfs-secret in openbaocluster-dr-target';
  expect(described('target', false, 'image')).not.toContain(secret);
  expect(described('target', true)).toContain(secret);
  expect(described('target', true).join()).not.toContain('usecustomexecutables');
  expect(described('target', true, 'image').join()).toContain('usecustomexecutables');
});
