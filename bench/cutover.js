/**
 * Compares what clients feel of a cutover that fails with what they feel of a good one: the same lane, the same drill, the
 * same way (a program that points the name), in turn.
 *
 * Usage: npm run bench:cutover [-- PAIRS]     3 pairs by default.
 * Prints a table on stdout, progress on stderr. Exits 0 whatever the figures are, and 1 if something failed to run.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const pairs = Number(process.argv[2] ?? 3);
if (!Number.isInteger(pairs) || pairs < 1 || pairs > 99) {
  process.stderr.write(`bench: the number of pairs must be from 1 to 99, not '${process.argv[2]}'\n`);
  process.exit(2);
}

const lane = 'local-bench-cutover';
const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-bench-cutover.'));
const state = join(folder, 'state');
const programs = join(folder, 'programs');
/** None of this user's: the engine brings its own server. */
const settings = join(folder, 'temporal.toml');
const routes = join(state, 'lanes', lane, 'edge-clients', 'routes', 'routes.yml');

/** Points the clients' edge, as a program of one's own would; the second one never gets there. */
const move = `#!/bin/sh
set -eu
port=\${OPENBAO_DR_TO_ADDRESS##*:}
sed "s/127\\.0\\.0\\.1:[0-9]*/127.0.0.1:$port/" '${routes}' >'${routes}.tmp'
mv '${routes}.tmp' '${routes}'
`;
const fail = `#!/bin/sh
[ "$OPENBAO_DR_ACTION" = revert ]
`;

const environment = () => {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(kept),
    TEMPORAL_CONFIG_FILE: settings,
    OPENBAO_DR_CUTOVER_COMMANDS: programs,
  };
};
const engine = (...args) =>
  run(process.execPath, ['dist/client/main.js', ...args, '--state-dir', state], {
    env: environment(),
    maxBuffer: 64 * 1024 * 1024,
  });

const drill = async (command) => {
  const plan = join(folder, `${command}.yaml`);
  await writeFile(
    plan,
    `lane: ${lane}\nteardown: never\ncutover: { way: command, command: ${command}, timeout: 60s }\n`,
  );
  // A drill that fails prints its report all the same.
  const { stdout, stderr } = await engine('drill', '--plan', plan, '--approve-as', 'bench', '--json').catch(
    (error) => error,
  );
  if (!stdout.startsWith('{')) throw new Error(`the drill with ${command} printed no report: ${stderr.trim()}`);
  return JSON.parse(stdout);
};

/** Milliseconds for which clients had no service in the first move, the one that the bench is about. */
const firstOutage = (report, result) => {
  const outage = report.clients?.outages[0];
  if (report.result !== result || outage?.to === undefined) {
    throw new Error(`a drill ended as ${report.result} (${report.reason}), without an outage that can be compared`);
  }
  return Date.parse(outage.to) - Date.parse(outage.from);
};

const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const good = [];
const aborted = [];
try {
  await writeFile(settings, '[profile]\n');
  await mkdir(programs, { mode: 0o700 });
  await writeFile(join(programs, 'move'), move, { mode: 0o700 });
  await writeFile(join(programs, 'fail'), fail, { mode: 0o700 });
  for (let pair = 1; pair <= pairs; pair += 1) {
    process.stderr.write(`bench: cutover, pair ${pair} of ${pairs}\n`);
    good.push(firstOutage(await drill('move'), 'passed'));
    aborted.push(firstOutage(await drill('fail'), 'failed'));
  }
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await engine('down', lane, '--force').catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
}

if (process.exitCode !== 1) {
  const print = (name, values) =>
    process.stdout.write(`${name.padEnd(10)}${values.map((ms) => String(Math.round(ms)).padStart(8)).join('')}\n`);
  process.stdout.write('Milliseconds without service in the cutover, a column a pair\n\n');
  print('good', good);
  print('aborted', aborted);
  process.stdout.write(`\naborted/good: ${(median(aborted) / median(good)).toFixed(2)} of the medians (limit 1.50)\n`);
}
