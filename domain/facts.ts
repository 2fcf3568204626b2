/** Puts the facts of a failure into words: people read sentences, never `[name=value]`. */
import { describeSeconds, exactBytes } from './units.js';

/** Facts that belong to a failure: short, never secret. */
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Facts for people who debug this program: they appear in histories, in logs and with `--debug`, and in no sentence. */
const internals = ['code', 'command', 'runId', 'workflowId'];

/** The beginning of a clause, where the fact's name alone would read badly. */
const beginnings: Readonly<Record<string, string>> = {
  answer: 'the answer is:',
  by: 'the rule that refuses is',
  found: 'the number found is',
  inTheWay: 'the obstacle is:',
  keyName: 'the key is',
  kubectl: 'the version of kubectl is',
  message: 'the message is:',
  missing: 'the missing names are',
  mostBytes: 'the largest size is',
  mountPath: 'the mount is',
  neededSeconds: 'the time needed is',
  otherFailures: 'the number of other failures is',
  ref: 'the reference is',
  python: 'the command for Python is',
  server: "the server's version is",
  sizeBytes: 'the size is',
  ttlSeconds: 'the time left is',
  unused: 'the unused names are',
  usedByProcesses: 'the processes that use it are',
  wanted: 'the number wanted is',
};

/** `The bucket is backups and the status is 403.`; empty if no fact is for people. */
export const describeFacts = (facts: Facts): string => {
  const clauses = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined || value === '' || internals.includes(name)
      ? []
      : [`${beginnings[name] ?? `the ${wordsOf(name)} is`} ${valueOf(name, value)}`],
  );
  if (clauses.length === 0) return '';
  const last = clauses.pop()!;
  const text = clauses.length === 0 ? last : `${clauses.join(', ')} and ${last}`;
  return asSentence(text.charAt(0).toUpperCase() + text.slice(1));
};

/** The facts that no sentence shows. */
export const internalFacts = (facts: Facts): Facts =>
  Object.fromEntries(Object.entries(facts).filter(([name, value]) => internals.includes(name) && value !== undefined));

/** Adds a full stop, unless the text has an end already. */
export const asSentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** `exitCode` becomes `exit code`, and `seenBytes` becomes `seen size`. */
const wordsOf = (name: string): string =>
  name
    .replace(/Bytes$/, 'Size')
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();

const valueOf = (name: string, value: string | number | boolean): string => {
  if (typeof value !== 'number') return String(value);
  if (name.endsWith('Bytes')) return exactBytes(value);
  return name.endsWith('Seconds') ? describeSeconds(value) : String(value);
};
