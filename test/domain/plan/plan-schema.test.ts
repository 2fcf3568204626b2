import { describe, expect, it } from 'vitest';
import { isKnownFailure } from '../../../domain/known-failure.js';
import { parseLaneName, parsePlan } from '../../../domain/plan/plan-schema.js';

const refusalOf = (input: unknown): string => {
  try {
    parsePlan(input);
  } catch (error) {
    if (isKnownFailure(error, 'InvalidPlan')) return error.message;
    throw error;
  }
  throw new Error('the plan was accepted');
};

describe('parsePlan', () => {
  it('fills in every default of a plan that only names its lane', () => {
    expect(parsePlan({ lane: 'local' })).toEqual({
      lane: 'local',
      approval: { timeoutSeconds: 86_400, approvers: [] },
      disaster: 'none',
      objectives: {},
      cutover: { way: 'edge', timeoutSeconds: 60 },
      patience: { firstCheckSeconds: 600, beforeSeconds: 600, afterRestoreSeconds: 86_400 },
      revert: true,
      teardown: 'created',
      local: { ports: {}, targetSealKey: 'openbao-dr-shared-unseal' },
    });
  });

  it('keeps the lane of a failover: the clients stay on its target', () => {
    expect(parsePlan({ lane: 'local', revert: false }).teardown).toBe('never');
  });

  it('keeps what a plan says', () => {
    const plan = parsePlan({
      lane: 'local-blue',
      approval: { timeout: '30m', approvers: [' ann ', 'ben'] },
      disaster: 'source-loss',
      objectives: { rpoSeconds: 30, rtoSeconds: 300 },
      cutover: { way: 'command', command: 'move-dns', timeout: '90s' },
      patience: { before: '5m', afterRestore: '12h' },
      revert: false,
      teardown: 'never',
      local: { ports: { source: 18_200, target: 18_300 }, targetSealKey: 'another-key' },
    });
    expect(plan).toEqual({
      lane: 'local-blue',
      approval: { timeoutSeconds: 1800, approvers: ['ann', 'ben'] },
      disaster: 'source-loss',
      objectives: { rpoSeconds: 30, rtoSeconds: 300 },
      cutover: { way: 'command', command: 'move-dns', timeoutSeconds: 90 },
      patience: { firstCheckSeconds: 300, beforeSeconds: 300, afterRestoreSeconds: 43_200 },
      revert: false,
      teardown: 'never',
      local: { ports: { source: 18_200, target: 18_300 }, targetSealKey: 'another-key' },
    });
  });

  it('takes namespaces that may stay sealed, and nothing that is none', () => {
    const planWith = (sealedNamespaces: unknown) => ({ lane: 'local', verify: { sealedNamespaces } });
    expect(parsePlan(planWith(['tenant-a', 'tenant-b/team/'])).verify).toEqual({
      sealedNamespaces: ['tenant-a', 'tenant-b/team'],
    });
    expect(parsePlan({ lane: 'local' })).not.toHaveProperty('verify');
    expect(refusalOf(planWith(['/a']))).toContain('"verify.sealedNamespaces.0" is not the path of a namespace');
    expect(refusalOf(planWith([]))).toContain('"verify.sealedNamespaces" is empty');
    expect(refusalOf(planWith('a'))).toContain('"verify.sealedNamespaces" must be a list');
  });

  it('takes break-glass with its reason, and not without', () => {
    const planWith = (breakGlass: unknown) => ({ lane: 'k3d', k3d: { breakGlass } });
    expect(parsePlan(planWith({ reason: ' our runbook does ' })).k3d?.breakGlass).toEqual({
      reason: 'our runbook does',
    });
    expect(parsePlan({ lane: 'k3d' }).k3d).not.toHaveProperty('breakGlass');
    expect(refusalOf(planWith({ reason: '  ' }))).toContain('"k3d.breakGlass.reason" is empty');
    expect(refusalOf(planWith({}))).toContain('"k3d.breakGlass.reason" is missing');
    expect(refusalOf(planWith(true))).toContain('"k3d.breakGlass" must be a mapping of fields to values');
    expect(refusalOf({ lane: 'local', local: { breakGlass: { reason: 'why' } } })).toContain(
      'has no field "breakGlass"',
    );
  });

  it.each([
    ['45s', 45],
    ['30m', 1800],
    ['24h', 86_400],
    ['30d', 2_592_000],
  ])('reads the duration %s as %d seconds', (timeout, seconds) => {
    expect(parsePlan({ lane: 'local', approval: { timeout } }).approval.timeoutSeconds).toBe(seconds);
  });

  it.each([
    ['a plan that is text', 'local', 'the plan must be a mapping of fields to values'],
    ['a plan that is a list', [], 'the plan must be a mapping of fields to values'],
    ['a plan that is null', null, 'the plan must be a mapping of fields to values'],
    ['no lane', {}, '"lane" is missing'],
    ['another disaster', { lane: 'local', disaster: 'fire' }, '"disaster" must be one of none, source-loss'],
    [
      'an objective of nothing',
      { lane: 'local', objectives: { rpoSeconds: 0 } },
      '"objectives.rpoSeconds" is not a positive',
    ],
    [
      'a way to judge what has no objective',
      { lane: 'local', objectives: { countDeciding: true } },
      '"objectives.countDeciding" says how "objectives.rpoSeconds" is judged, which is missing',
    ],
    [
      'an objective in words',
      { lane: 'local', objectives: { rtoSeconds: '5m' } },
      '"objectives.rtoSeconds" must be a number',
    ],
    [
      'a command without its way',
      { lane: 'local', cutover: { command: 'x' } },
      '"cutover.command" belongs to "way: command"',
    ],
    [
      'a way without its command',
      { lane: 'local', cutover: { way: 'command' } },
      '"cutover.command" belongs to "way: command"',
    ],
    [
      'a command with a path',
      { lane: 'local', cutover: { way: 'command', command: '../x' } },
      '"cutover.command" is not the name of a program',
    ],
    ['another way', { lane: 'local', cutover: { way: 'magic' } }, '"cutover.way" must be one of edge, command, manual'],
    ['a lane of the wrong type', { lane: 7 }, '"lane" must be text'],
    ['a lane of no known kind', { lane: 'moon' }, '"lane" does not start with a kind of lane'],
    ['a lane that leads out of its folder', { lane: 'local/../x' }, '"lane" is not a lane name'],
    ['a lane name that is too long', { lane: `local-${'x'.repeat(40)}` }, '"lane" is longer than 40 characters'],
    ['an unknown field', { lane: 'local', speed: 1 }, 'the plan has no field "speed"'],
    ['an unknown field further in', { lane: 'local', approval: { who: 1 } }, '"approval" has no field "who"'],
    [
      'a duration without a unit',
      { lane: 'local', approval: { timeout: '30' } },
      '"approval.timeout" is not a duration',
    ],
    [
      'a duration of nothing',
      { lane: 'local', approval: { timeout: '0s' } },
      '"approval.timeout" must be longer than 0 s',
    ],
    ['a duration in words', { lane: 'local', approval: { timeout: 'soon' } }, '"approval.timeout" is not a duration'],
    ['a duration that is a number', { lane: 'local', approval: { timeout: 30 } }, '"approval.timeout" must be text'],
    [
      'a duration that is too long',
      { lane: 'local', approval: { timeout: '31d' } },
      '"approval.timeout" is longer than',
    ],
    [
      'an approver without a name',
      { lane: 'local', approval: { approvers: [' '] } },
      '"approval.approvers.0" is empty',
    ],
    [
      'approvers that are no list',
      { lane: 'local', approval: { approvers: 'ann' } },
      '"approval.approvers" must be a list, like [ann]',
    ],
    ['a revert that is text', { lane: 'local', revert: 'yes' }, '"revert" must be true or false'],
    [
      'a failover that takes its target away',
      { lane: 'local', revert: false, teardown: 'created' },
      '"teardown" must be "never" with "revert: false"',
    ],
    ['an unknown teardown', { lane: 'local', teardown: 'maybe' }, '"teardown" must be one of created, always, never'],
    ['a privileged port', { lane: 'local', local: { ports: { source: 80 } } }, '"local.ports.source" is not a port'],
    [
      'a port beyond the last',
      { lane: 'local', local: { ports: { infra: 65_536 } } },
      '"local.ports.infra" is not a port',
    ],
    ['half a port', { lane: 'local', local: { ports: { target: 8200.5 } } }, '"local.ports.target" is not a port'],
    [
      'a port that is text',
      { lane: 'local', local: { ports: { source: '8200' } } },
      '"local.ports.source" is not a port',
    ],
    ['an unknown port', { lane: 'local', local: { ports: { moon: 8200 } } }, '"local.ports" has no field "moon"'],
    [
      'one port for two servers',
      { lane: 'local', local: { ports: { source: 18_200, target: 18_200 } } },
      '"local.ports" names one port twice',
    ],
    [
      'a seal key that leads elsewhere',
      { lane: 'local', local: { targetSealKey: '../keys/x' } },
      '"local.targetSealKey" is not a Transit key name',
    ],
  ])('refuses %s and names the field', (_, input, expected) => {
    expect(refusalOf(input)).toContain(expected);
  });

  it('names everything that is wrong at once', () => {
    const refusal = refusalOf({ lane: 'moon', revert: 3, approval: { timeout: 'soon' } });
    for (const field of ['"lane"', '"revert"', '"approval.timeout"']) expect(refusal).toContain(field);
  });
});

describe('parseLaneName', () => {
  it.each(['local', 'local-blue', 'local-2', 'k3d', 'k3d-blue'])('takes %s', (name) => {
    expect(parseLaneName(name)).toBe(name);
  });

  it.each(['', 'Local', 'local_blue', 'local--x', 'local-', '-local', 'locally', '../local', 'k3s'])(
    'refuses %j, quoting it',
    (name) => {
      expect(() => parseLaneName(name)).toThrowError(JSON.stringify(name));
    },
  );
});

it('says one thing of a duration that is none', () => {
  expect(refusalOf({ lane: 'local', patience: { before: 'ever' } })).toBe(
    'The drill\'s plan is not valid: "patience.before" is not a duration like "30m", "24h" or "7d"',
  );
});
