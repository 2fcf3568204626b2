/** A fake that says so: a server that repeats in its error what it was sent, and what it was sent before. */
import { createLogIn } from '../../infra/connect/credentials/log-in.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { asTemporalActivities } from '../../activities/as-temporal-activity.js';
import { observeCheck } from '../../activities/observing/observe-check.js';
import { createSites } from '../../activities/connect/sites.js';
import { createMaterials } from '../../infra/state/materials.js';
import { openStateFolder } from '../../infra/state/state-folder.js';
import { createKnownSecrets } from '../../systems/secrets/known-secrets.js';
import { createOpenBao } from '../../systems/openbao/api/client.js';
import { type Impostor, startImpostor } from '../support/servers/impostor.js';

const password = '7d0c1f6be2a94d5f8e1b3c5a7d9f0b2c4e6f8a1b3d5f7091';
const token = 'hvs.CAESISECRETSECRETSECRET';

let folder: string;
let impostor: Impostor;
/** How much stands before the password, so that a quote may end in the middle of it. */
let filler: string;
let status: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openbao-dr-quoted-'));
  impostor = await startImpostor((request, response) => {
    request.resume();
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ errors: [`${filler} invalid credentials ${password} of ${token}`] }));
  });
});
afterEach(async () => {
  await impostor[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it.each([
  [400, 0],
  [400, 145],
  [400, 170],
  [503, 0],
])('what OpenBao quotes with %i behind %i letters reaches neither history nor log', async (answered, letters) => {
  [status, filler] = [answered, 'x'.repeat(letters)];
  const stateFolder = await openStateFolder(join(folder, 'state'));
  const secrets = createKnownSecrets();
  await createMaterials(stateFolder).write('lane:local/source.demo-admin.password', password);
  await createMaterials(stateFolder).write('lane:local/ca', impostor.endpoint.caPem);
  const sites = createSites({
    references: createMaterials(stateFolder, secrets),
    logIn: createLogIn(),
    connect: createOpenBao,
  });
  const { address, serverName } = impostor.endpoint;
  const logIn = () =>
    sites.logIn(
      { address, serverName, ca: 'lane:local/ca' },
      { username: 'ann', password: 'lane:local/source.demo-admin.password' },
    );
  const { fails, checks } = asTemporalActivities(
    {
      fails: async () => void (await logIn()),
      checks: async () =>
        observeCheck('same-openbao-version', 'a login', async () => ({
          passed: true,
          observed: inspect(await logIn()),
        })),
    },
    secrets,
  );
  const [logged, beats]: [LogEntry[], unknown[]] = [[], []];
  const environment = new MockActivityEnvironment(
    { attempt: 2 },
    { logger: new DefaultLogger('DEBUG', (entry) => logged.push(entry)) },
  );
  environment.on('heartbeat', (beat) => beats.push(beat));
  const terms = { patienceSeconds: answered === 503 ? 60 : 0 };
  const failure: unknown = await environment.run(fails, undefined, terms).catch((thrown: unknown) => thrown);
  const check = answered === 503 ? undefined : await environment.run(checks, undefined, terms);

  expect(String(failure)).toContain(`the status is ${answered}`);
  expect(String(failure)).toContain('[hidden]');
  expect(logged.map(({ message }) => message).join()).toContain('[hidden]');
  if (answered === 503) expect(inspect(beats, { depth: 10 })).toContain('[hidden]');
  else expect(inspect(check, { depth: 10 })).toContain('[hidden]');
  const everything = inspect([failure, logged, beats, check], { depth: 20, maxStringLength: null });
  expect(everything).not.toContain(password.slice(0, 7));
  expect(everything).not.toContain('CAESI');
});
