import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createRepairTrust } from '../../../activities/restore/repair-trust.js';
import type { Check } from '../../../domain/run/checks.js';
import { baseline, type SourceSite, type TargetSite } from '../../../domain/pair/topology.js';
import { startOpenBaoServer, type TestOpenBaoServer } from '../../support/servers/openbao-server.js';
import type { OperatorStandIn } from '../../support/operator/in-memory.js';
import { createTrustUser, trustOperator } from '../../support/operator/trust.js';
import {
  clustersOf,
  operatorOfSide,
  sourceWithOperator,
  standInFor,
  targetWithOperator,
} from '../operator/operator-sites.js';
import { portsOver, ref, runActivity } from '../support.js';

const mount = baseline.operatorMount;
const password = 'trust-password';

/** A target right after a restore: it trusts the source's cluster. */
let bao: TestOpenBaoServer;
let source: OperatorStandIn;
let target: OperatorStandIn;

beforeAll(async () => {
  bao = await startOpenBaoServer('target');
  await createTrustUser(bao, 'drill-trust', password);
});
beforeEach(async () => {
  [source, target] = [standInFor('source'), standInFor('target')];
  await trustOperator(bao.root, source.cluster, operatorOfSide('source'));
});
afterEach(async () => {
  await bao.root.remove(`sys/auth/${mount}`);
  source[Symbol.dispose]();
  target[Symbol.dispose]();
});
afterAll(() => bao[Symbol.asyncDispose]());

const run = (change: Partial<SourceSite> = {}): Promise<readonly Check[]> => {
  const { address, serverName, caPem } = bao.endpoint;
  const restored: TargetSite = { ...targetWithOperator, address, serverName, ca: ref('ca') };
  const trust = { username: 'drill-trust', password: ref('trust') };
  const { sites } = portsOver({ ca: caPem, trust: password });
  return runActivity(createRepairTrust({ clusters: clustersOf(source, target), sites }), {
    source: { ...sourceWithOperator, trust, ...change },
    target: restored,
  });
};
const outcomes = (checks: readonly Check[]) => checks.map(({ name, outcome }) => `${name} ${outcome}`);
const roleOf = (name: string) => bao.root.read(`auth/${mount}/role/${name}`);
const logInFrom = async (side: OperatorStandIn, of: 'source' | 'target') => {
  const { namespace, cluster } = operatorOfSide(of);
  const jwt = await side.cluster.createToken({
    serviceAccount: `${cluster}-restore-serviceaccount`,
    namespace,
    audience: baseline.operatorAudience,
    seconds: 600,
  });
  return bao.openbao.loginWithJwt({ mountPath: mount, role: 'openbao-operator-restore', jwt });
};

it("lets the target's operator in again and keeps the source's out, and can be done twice", async () => {
  await expect(logInFrom(target, 'target')).rejects.toMatchObject({ type: 'TokenRefused' });
  await logInFrom(source, 'source');
  for (const checks of [await run(), await run()]) {
    expect(outcomes(checks)).toEqual(['operator-trust-repaired passed', 'source-operator-refused passed']);
    expect(checks[0]?.observed).toContain('openbao-operator-backup, openbao-operator-restore');
    expect(checks[1]?.observed).toContain('no known key successfully validated the token signature');
  }
  await logInFrom(target, 'target');
  await expect(logInFrom(source, 'source')).rejects.toMatchObject({ type: 'TokenRefused' });
});

it('changes subjects, and nothing else of a role', async () => {
  const before = await roleOf('openbao-operator-restore');
  const operators = await roleOf('openbao-operator');
  await run();
  expect(await roleOf('openbao-operator-restore')).toEqual({
    ...before,
    bound_subject: 'system:serviceaccount:openbaocluster-dr-target:openbaocluster-dr-target-restore-serviceaccount',
  });
  expect(await roleOf('openbao-operator')).toEqual(operators);
});

it('stops trusting addresses that the keys were fetched from', async () => {
  const pem = (await bao.root.read(`auth/${mount}/config`))?.['jwt_validation_pubkeys'];
  await bao.root.write(`auth/${mount}/config`, { jwt_validation_pubkeys: pem, default_role: 'openbao-operator' });
  await run();
  expect(await bao.root.read(`auth/${mount}/config`)).toMatchObject({
    bound_issuer: 'https://kubernetes.default.svc.cluster.local',
    jwks_url: '',
    oidc_discovery_url: '',
    default_role: 'openbao-operator',
  });
});

it("skips the refusal, with the reason, when the source's API server is lost with it", async () => {
  source.faults.unreachable = true;
  const checks = await run();
  expect(outcomes(checks)).toEqual(['operator-trust-repaired passed', 'source-operator-refused skipped']);
  expect(checks[1]?.reason).toContain('cannot be reached');
}, 60_000);

it.each([
  ['there is no identity for it', () => ({ source: { trust: undefined as never } })],
  ['tokens may not be made', () => (target.faults.forbidden.add('create serviceaccounts/token'), {})],
])('fails, and claims no refusal, when %s', async (_, given) => {
  const { source: change = {} } = given() as { source?: Partial<SourceSite> };
  const checks = await run(change);
  expect(outcomes(checks)).toEqual(['operator-trust-repaired failed', 'source-operator-refused skipped']);
});

it('shows no token anywhere', async () => {
  expect(JSON.stringify(await run())).not.toMatch(/eyJ|trust-password/);
});

it('has an identity that cannot give a role other policies, nor make one', async () => {
  const session = await bao.openbao.login({ username: 'drill-trust', password });
  const base = { role_type: 'jwt', user_claim: 'sub', bound_subject: 'a' };
  const path = `auth/${mount}/role/openbao-operator-restore`;
  await expect(session.write(path, { ...base, token_policies: ['root'] })).rejects.toMatchObject({
    type: 'PermissionDenied',
  });
  await expect(session.write(`auth/${mount}/role/mine`, base)).rejects.toMatchObject({ type: 'PermissionDenied' });
});
