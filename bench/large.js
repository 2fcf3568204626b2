/**
 * Measures the steps that handle snapshots, on a store of 1 GiB against a small one: memory of the process that runs a step,
 * and its time against command-line tools in the same run. Servers are a local lane's own.
 *
 * Usage: npm run bench:large [-- MIB]     1024 by default.
 * Prints a table on stdout, progress on stderr.
 */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDrillActivities } from '../dist/activities/index.js';
import { createBuckets } from '../dist/infra/connect/buckets.js';
import { createSites } from '../dist/infra/connect/sites.js';
import { createLanes } from '../dist/infra/lanes/lanes.js';
import { createMaterials } from '../dist/infra/state/materials.js';
import { openStateFolder } from '../dist/infra/state/state-folder.js';
import { parsePlan } from '../dist/domain/plan/plan-schema.js';
import { createObjectStore } from '../dist/systems/object-store/client.js';
import { createOpenBao } from '../dist/systems/openbao/api/client.js';
import { compareSnapshots } from '../dist/systems/openbao/snapshot/compare-snapshots.js';
import { openSnapshot } from '../dist/systems/openbao/snapshot/open-snapshot.js';
import { createToolBox, defaultCacheFolder } from '../dist/systems/tools/index.js';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const run = promisify(execFile);
const lane = 'local-bench-large';
const say = (text) => process.stderr.write(`bench: ${text}\n`);
const tools = createToolBox({
  environment: process.env,
  cacheFolder: defaultCacheFolder(process.env, homedir()),
  onProgress: say,
});

const open = async (folder) => {
  const stateFolder = await openStateFolder(folder);
  const materials = createMaterials(stateFolder);
  const sites = createSites({ materials, connect: createOpenBao });
  const buckets = createBuckets({ materials, connect: createObjectStore });
  const lanes = createLanes({ stateFolder, materials, tools, environment: process.env });
  const reservations = { assertHeld: async () => undefined };
  const steps = createDrillActivities({ lanes, reservations, materials, sites, buckets });
  return { lanes, materials, sites, steps };
};

/** In a process of its own: its peak is the step's. */
const measured = {
  nothing: async () => undefined,
  backup: async ({ steps, topology }) =>
    steps.takeSnapshot({ source: topology.source, destination: topology.bucket.source }),
  inspect: async ({ steps, topology, snapshot }) => steps.inspectArchive({ bucket: topology.bucket.target, snapshot }),
  'seal proof': async ({ steps, topology, snapshot }) => steps.proveSeal({ topology, snapshot }),
  equality: async ({ steps, topology, snapshot }) => steps.compareStores({ topology, snapshot }),
  'equality of files': async ({ files: [source, target] }) =>
    compareSnapshots({
      source: openSnapshot(createReadStream(source, { highWaterMark: 1 << 20 })).entries,
      target: openSnapshot(createReadStream(target, { highWaterMark: 1 << 20 })).entries,
    }),
};

const inChild = async (name, folder, facts) => {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'step', name, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(facts));
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  const { ms, cpuMs, peakMiB, result } = JSON.parse(text);
  say(`${name}: ${ms} ms, ${cpuMs} ms of processor, ${peakMiB} MiB at its peak`);
  return { ms, peakMiB, result };
};

const runStep = async (name, folder) => {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  const opened = await open(folder);
  const begin = Date.now();
  const activity = () => measured[name]({ ...opened, ...JSON.parse(text) });
  const result = await new MockActivityEnvironment().run(activity);
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const { user, system } = process.cpuUsage();
  const cpuMs = Math.round((user + system) / 1000);
  process.stdout.write(JSON.stringify({ ms: Date.now() - begin, cpuMs, peakMiB, result }));
};

const fill = async (sites, topology, from, mebibytes) => {
  const value = 700_000;
  const count = Math.ceil((mebibytes * 1024 * 1024) / value);
  await sites.withLogin(topology.source, topology.source.admin, async (session) => {
    let next = from;
    const writer = async () => {
      while (next < from + count) {
        const path = `secret/data/bench/${(next += 1)}`;
        await session.write(path, { data: { value: randomBytes((value * 3) / 4).toString('base64') } });
      }
    };
    await Promise.all([writer(), writer(), writer(), writer()]);
  });
};

const timed = async (work) => {
  const begin = Date.now();
  await work();
  return Date.now() - begin;
};

const byHand = async ({ topology, materials, work }) => {
  const { source, bucket } = topology;
  const [bao, rclone] = await Promise.all([tools.ensure('bao'), tools.ensure('rclone')]);
  const ca = join(work, 'ca.pem');
  await writeFile(ca, await materials.read(source.ca));
  await writeFile(join(work, 'rclone.conf'), '');
  const file = join(work, 'by-hand.snap');
  const env = { HOME: work, BAO_ADDR: source.address, BAO_CACERT: ca, BAO_TLS_SERVER_NAME: source.serverName };
  const passwordFile = join(work, 'password');
  await writeFile(passwordFile, await materials.read(source.backup.password), { mode: 0o600 });
  const path = `auth/userpass/login/${source.backup.username}`;
  const { stdout: token } = await run(bao.path, ['write', '-field=token', path, `password=@${passwordFile}`], { env });
  const save = await timed(() =>
    run(bao.path, ['operator', 'raft', 'snapshot', 'save', file], { env: { ...env, BAO_TOKEN: token.trim() } }),
  );
  const s3 = {
    HOME: work,
    RCLONE_CONFIG: join(work, 'rclone.conf'),
    RCLONE_CONFIG_S3_TYPE: 's3',
    RCLONE_CONFIG_S3_PROVIDER: 'Other',
    RCLONE_CONFIG_S3_ENDPOINT: bucket.source.endpoint,
    RCLONE_CONFIG_S3_REGION: bucket.source.region,
    RCLONE_CONFIG_S3_FORCE_PATH_STYLE: 'true',
    RCLONE_CONFIG_S3_NO_CHECK_BUCKET: 'true',
    RCLONE_CONFIG_S3_ACCESS_KEY_ID: await materials.read(bucket.source.accessKeyId),
    RCLONE_CONFIG_S3_SECRET_ACCESS_KEY: await materials.read(bucket.source.secretAccessKey),
  };
  const upload = await timed(() =>
    run(rclone.path, ['copyto', file, `s3:${bucket.source.name}/by-hand.snap`], { env: s3 }),
  );
  return { save, upload, file };
};

const main = async (mebibytes) => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-bench-'));
  const work = await mkdtemp(join(tmpdir(), 'openbao-dr-bench-work-'));
  const { lanes, materials, sites, steps } = await open(join(folder, 'state'));
  const opened = lanes.open(lane);
  const inActivity = (activity) => new MockActivityEnvironment().run(activity);
  try {
    say('building a lane');
    const options = parsePlan({ lane });
    // Again before each restore: a target that was restored into has lost its own identities.
    const provision = () => opened.provision({ owner: 'bench', options, freshTarget: true }, say);
    const { topology } = await provision();
    const drillId = '20260101T000000Z-00000000';
    const state = join(folder, 'state');

    const restore = async (snapshot) => {
      const requirements = await inActivity(() => steps.checkRequirements({ topology }));
      await inActivity(() =>
        steps.submitRestore({ lane, drillId, target: topology.target, source: topology.bucket.target, snapshot }),
      );
      const expectation = {
        sourceClusterId: requirements.source.clusterId,
        previousClusterId: requirements.target.clusterId,
      };
      const outcome = await inActivity(() =>
        steps.observeRestore({ target: topology.target, ...expectation, timeoutSeconds: 300 }),
      );
      if (outcome !== 'applied') throw new Error(`the restore was ${outcome}`);
    };
    const series = async () => {
      await provision();
      await inActivity(() => steps.seedPair({ topology, drillId }));
      const nothing = await inChild('nothing', state, {});
      const backup = await inChild('backup', state, { topology });
      const { snapshot } = backup.result;
      const inspect = await inChild('inspect', state, { topology, snapshot });
      const proof = await inChild('seal proof', state, { topology, snapshot });
      await restore(snapshot);
      const equality = await inChild('equality', state, { topology, snapshot });
      if (!equality.result.comparison.equal) throw new Error(equality.result.check.observed);
      return { snapshot, nothing, backup, inspect, 'seal proof': proof, equality };
    };
    const small = await series();
    say(`filling the source with ${mebibytes} MiB`);
    await fill(sites, topology, 0, mebibytes);
    const large = await series();

    const hand = await byHand({ topology, materials, work });
    const files = [join(work, 'source.snap'), join(work, 'target.snap')];
    await run('cp', [hand.file, files[0]]);
    await run('cp', [hand.file, files[1]]);
    await run('sha256sum', files);
    const sums = await timed(() => run('sha256sum', files));
    const ofFiles = await inChild('equality of files', state, { files });
    const { size } = await stat(hand.file);

    const rows = ['nothing', 'backup', 'inspect', 'seal proof', 'equality'].map((name) => {
      const [a, b] = [small[name], large[name]];
      return `| ${name} | ${a.ms} | ${b.ms} | ${a.peakMiB} | ${b.peakMiB} | ${b.peakMiB - a.peakMiB} |`;
    });
    const ratio = (a, b) => (a / b).toFixed(2);
    const lines = [
      `Snapshots of ${small.snapshot.sizeBytes} and ${large.snapshot.sizeBytes} bytes.`,
      '',
      '| step | small ms | large ms | small peak MiB | large peak MiB | growth MiB |',
      '| --- | --- | --- | --- | --- | --- |',
      ...rows,
      '',
      `backup ${large.backup.ms} ms; bao save ${hand.save} ms and rclone upload ${hand.upload} ms: ratio ${ratio(large.backup.ms, hand.save + hand.upload)}`,
      `equality of two files of ${size} bytes ${ofFiles.ms} ms (${ofFiles.peakMiB} MiB); sha256sum of both ${sums} ms: ratio ${ratio(ofFiles.ms, sums)}`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await opened.teardown(say).catch((error) => say(String(error)));
    await rm(folder, { recursive: true, force: true });
    await rm(work, { recursive: true, force: true });
  }
};

const [first = '1024', name, folder] = process.argv.slice(2);
if (first === 'step') await runStep(name, folder);
else if (/^[1-9]\d{0,4}$/.test(first)) await main(Number(first));
else {
  process.stderr.write(`bench: a number of MiB, not '${first}'\n`);
  process.exitCode = 2;
}
