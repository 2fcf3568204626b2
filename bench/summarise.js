/**
 * Compares the runs of a bench from a folder: `runbook-N.txt` (`phase seconds` a line, and `proof name` for each check that it
 * made), `engine-N.json` and, where a container engine answered, `compose-N.json` (a drill's report), with `…-N.wall` (seconds)
 * beside each. Prints the medians as a table, and what the runbook leaves out.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const [folder] = process.argv.slice(2);

const phaseNames = [
  ...['provision', 'preflight', 'seed', 'backup', 'inspect', 'seal-proof', 'restore', 'unseal', 'verify'],
  ...['cutover', 'confirm', 'revert', 'teardown'],
];

const read = (name) => readFileSync(join(folder, name), 'utf8');
const wallOf = (name) => Number(read(name.replace(/\.\w+$/, '.wall')));
const runsOf = (pattern, readRun) =>
  readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => ({ ...readRun(read(name)), 'whole command': wallOf(name) }));

const readRunbook = (text) => {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const seconds = Object.fromEntries(
    lines.filter(([word]) => word !== 'proof').map(([phase, value]) => [phase, Number(value)]),
  );
  return {
    ...seconds,
    machine: seconds.total,
    'restore to verified': seconds.restore + seconds.unseal + seconds.verify,
    proofs: lines.filter(([word]) => word === 'proof').map(([, name]) => name),
  };
};

const secondsBetween = ({ startedAt, endedAt }) => (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;

const readReport = (text) => {
  const { phases, timing, checks } = JSON.parse(text);
  return {
    ...Object.fromEntries(phases.map((phase) => [phase.name, secondsBetween(phase)])),
    machine: timing.machineSeconds,
    'restore to verified': timing.restoreToVerifiedSeconds,
    proofs: checks.map(({ name }) => name),
  };
};

const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const medianOf = (runs, key) => median(runs.map((run) => run[key]));

const runbook = runsOf(/^runbook-\d+\.txt$/, readRunbook);
const engine = runsOf(/^engine-\d+\.json$/, readReport);
const compose = runsOf(/^compose-\d+\.json$/, readReport);

/** A phase that one side does not have is a dash. */
const figure = (value) => (Number.isFinite(value) ? value.toFixed(2) : '-');

const row = (key) => {
  const [byHand, byEngine] = [medianOf(runbook, key), medianOf(engine, key)];
  const cells = [key, figure(byHand), figure(byEngine), figure(byEngine / byHand)];
  if (compose.length === 0) return cells;
  const inContainers = medianOf(compose, key);
  return [...cells, figure(inContainers), figure(inContainers / byEngine)];
};

const say = (text) => process.stdout.write(`${text}\n`);
const print = ([name, ...numbers]) => say(`${name.padEnd(22)}${numbers.map((text) => text.padStart(10)).join('')}`);
const ratio = (runs, others, key) => (medianOf(runs, key) / medianOf(others, key)).toFixed(2);
/** Of the machine time and of the whole command. */
const compared = (runs, others) =>
  `${ratio(runs, others, 'machine')} of the machine time, ${ratio(runs, others, 'whole command')} of the whole command`;

say(`Machine seconds, median of ${engine.length}\n`);
print(['phase', 'runbook', 'engine', 'ratio', ...(compose.length === 0 ? [] : ['compose', 'to engine'])]);
for (const name of phaseNames) print(row(name));
say('');
for (const name of ['restore to verified', 'machine', 'whole command']) print(row(name));
say(`\nengine/runbook: ${compared(engine, runbook)}, with the start and the end of its own Temporal server and worker`);
if (compose.length > 0) say(`compose/engine: ${compared(compose, engine)}`);

const [{ proofs: byHand }] = runbook;
const leftOut = engine[0].proofs.filter((name) => !byHand.includes(name));
say(
  `The engine proves ${engine[0].proofs.length} things, the runbook ${byHand.length} of them. It leaves out: ${leftOut.join(', ')}; ` +
    'it has no client that writes all the while, and so no RPO and no RTO, and it signs nothing.',
);
const more = compose.length === 0 ? [] : compose[0].proofs.filter((name) => !engine[0].proofs.includes(name));
if (more.length > 0) say(`The lane in containers has more: ${more.join(', ')}.`);
