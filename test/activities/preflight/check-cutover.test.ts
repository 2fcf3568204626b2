import { describe, expect, it } from 'vitest';
import type { OpenBao } from '../../../systems/openbao/api/client.js';
import { createCheckCutover } from '../../../activities/preflight/check-cutover.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { CutoverPlan } from '../../../domain/plan/plan.js';
import { parsePlan } from '../../../domain/plan/plan-schema.js';
import type { TlsEndpoint } from '../../../domain/pair/topology.js';
import { exampleTopology } from '../../support/drills/example-topology.js';
import { runActivity } from '../support.js';

const topology = exampleTopology();

interface World {
  /** Whose certificate is behind the clients' name. */
  readonly behindTheName?: string;
  readonly targetStatus?: number;
  readonly resolve?: (name: string) => Promise<string>;
}

const checkWith = (
  cutover: CutoverPlan,
  { behindTheName = 'source', targetStatus = 200, resolve = async (name) => `/etc/commands/${name}` }: World = {},
  before: 'anything' | 'fence' = 'anything',
) => {
  const at = async (endpoint: TlsEndpoint) => {
    const side = endpoint === topology.clients ? behindTheName : endpoint === topology.source ? 'source' : 'target';
    const status = side === 'target' ? targetStatus : 200;
    return { health: async () => ({ status, certificateSha256: side }) } as unknown as OpenBao;
  };
  const ports = {
    sites: { at, logIn: async () => Promise.reject(new Error()), withLogin: async () => Promise.reject(new Error()) },
    cutoverCommands: { resolve, logFile: async () => '', signFile: () => '' },
  };
  const plan = { ...parsePlan({ lane: 'local', approval: { approvers: ['ann', 'ben'] } }), cutover };
  return runActivity(createCheckCutover(ports), { topology, drillId: 'd', plan, before });
};

describe('the check of a cutover', () => {
  it('says what the way of the plan takes', async () => {
    const edge = await checkWith({ way: 'edge', timeoutSeconds: 60 });
    expect(edge).toMatchObject({ name: 'cutover-possible', outcome: 'passed' });
    const manual = await checkWith({ way: 'manual', timeoutSeconds: 90 });
    expect(manual.observed).toMatch(/^ann or ben has 1 min 30 s each way to move them and to say so by name/);
    const command = await checkWith({ way: 'command', command: 'move-dns', timeoutSeconds: 60 });
    expect(command.observed).toMatch(/^\/etc\/commands\/move-dns is there/);
  });

  it('fails where the program may not be run, with what to do about it', async () => {
    const resolve = async (): Promise<string> => {
      throw new KnownFailure('CutoverCommandsOff', 'This worker runs none: name the folder');
    };
    expect(await checkWith({ way: 'command', command: 'move-dns', timeoutSeconds: 60 }, { resolve })).toMatchObject({
      outcome: 'failed',
      observed: 'This worker runs none: name the folder',
    });
  });

  it("fails where the clients' name does not lead to the source", async () => {
    const check = await checkWith({ way: 'edge', timeoutSeconds: 60 }, { behindTheName: 'target' });
    expect(check).toMatchObject({ outcome: 'failed', observed: expect.stringContaining('another server') as string });
  });

  it('asks before the fence for a target that serves, and no more for the source', async () => {
    const edge = { way: 'edge', timeoutSeconds: 60 } as const;
    expect(await checkWith(edge, { behindTheName: 'nobody' }, 'fence')).toMatchObject({ outcome: 'passed' });
    expect(await checkWith(edge, { targetStatus: 503 }, 'fence')).toMatchObject({
      outcome: 'failed',
      observed: expect.stringContaining('health 503') as string,
    });
  });
});
