/**
 * Compares the runs of a bench: reads `runbook-N.txt` (`phase seconds` a line) and `engine-N.json` (a drill's report) with
 * `…-N.wall` (seconds) beside each from a folder, and prints the medians as a table.
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
const runsOf = (pattern) => readdirSync(folder).filter((name) => pattern.test(name));
const wallOf = (name) => Number(read(name.replace(/\.\w+$/, '.wall')));

const readRunbook = (name) => {
  const seconds = Object.fromEntries(
    read(name)
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([phase, value]) => [phase, Number(value)]),
  );
  return {
    ...seconds,
    machine: seconds.total,
    'restore to verified': seconds.restore + seconds.unseal + seconds.verify,
    'whole command': wallOf(name),
  };
};

const secondsBetween = ({ startedAt, endedAt }) => (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;

const readEngine = (name) => {
  const { phases, timing } = JSON.parse(read(name));
  return {
    ...Object.fromEntries(phases.map((phase) => [phase.name, secondsBetween(phase)])),
    machine: timing.machineSeconds,
    'restore to verified': timing.restoreToVerifiedSeconds,
    'whole command': wallOf(name),
  };
};

const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const runbook = runsOf(/^runbook-\d+\.txt$/).map(readRunbook);
const engine = runsOf(/^engine-\d+\.json$/).map(readEngine);
const medianOf = (runs, key) => median(runs.map((run) => run[key]));

/** A phase that one side does not have is a dash. */
const figure = (value) => (Number.isFinite(value) ? value.toFixed(2) : '-');

const row = (key) => {
  const [byHand, byEngine] = [medianOf(runbook, key), medianOf(engine, key)];
  return [key, figure(byHand), figure(byEngine), figure(byEngine / byHand)];
};

const print = (cells) => {
  const [name, ...numbers] = cells;
  process.stdout.write(`${name.padEnd(22)}${numbers.map((text) => text.padStart(10)).join('')}\n`);
};

process.stdout.write(`Machine seconds, median of ${engine.length}\n\n`);
print(['phase', 'runbook', 'engine', 'ratio']);
for (const name of phaseNames) print(row(name));
process.stdout.write('\n');
for (const name of ['restore to verified', 'machine', 'whole command']) print(row(name));
process.stdout.write(
  `\nengine/runbook: ${(medianOf(engine, 'machine') / medianOf(runbook, 'machine')).toFixed(2)} of the machine time, ` +
    `${(medianOf(engine, 'whole command') / medianOf(runbook, 'whole command')).toFixed(2)} of the whole command, ` +
    'with the start and the end of its own Temporal server and worker\n',
);
