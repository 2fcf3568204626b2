/**
 * What a restored copy says in its own log of what came back with it. It needs no credential, and it is the only place that tells of
 * a mount whose plugin is missing, before anybody asks for that mount.
 */
import { quote } from '../../secrets/scrub.js';
import { type LogLine, parseLogLine } from './log-line.js';

export interface CopyMount {
  readonly kind: 'secret' | 'auth';
  readonly path: string;
  readonly type: string;
  /** The path of its namespace; empty for the root. */
  readonly namespace: string;
}

export interface CopyNamespace {
  readonly path: string;
  readonly uuid: string;
}

export interface DeadMount {
  readonly path: string;
  readonly why: string;
}

export interface RefusedAudit {
  /** Of the device, or of the file that it would write. */
  readonly path: string;
  readonly why: string;
}

export interface CopyLog {
  /** Whether the copy said that it is through with what it does after it is unsealed. */
  readonly complete: boolean;
  /** Every mount, those that are dead as well. */
  readonly mounts: readonly CopyMount[];
  /** Those that it found; a sealed one is told by its uuid from the names in the archive. */
  readonly namespaces: readonly CopyNamespace[];
  /** They exist, and answer nothing. */
  readonly deadMounts: readonly DeadMount[];
  readonly missingPlugins: readonly string[];
  /** Audit devices that came back; a room declares none, so the copy removes them when it is up. */
  readonly auditDevices: readonly string[];
  readonly refusedAudits: readonly RefusedAudit[];
  /** Leases that the copy tried to revoke and could not, by the path that issued them: what the room kept it from. Sorted. */
  readonly revocations: readonly { readonly path: string; readonly count: number }[];
  /** Roles whose password in another system the copy tried to rotate and could not: the accessor of the mount, a slash, and the role. */
  readonly rotations: readonly string[];
  /** Other errors, scrubbed, the first of each kind; at most 20. */
  readonly errors: readonly string[];
}

const mostErrors = 20;
const restoredSays = 'running post snapshot restore invalidations';
const unsealedSays = 'post-unseal setup starting';

/** Errors that belong to a restore as such: the copy says them each time it is asked while it has no key. */
const expected = ['error checking health', 'skipping initialization for nil backend'];

/** @param log all of the room's log. */
export const readCopyLog = (log: string): CopyLog => {
  const lines = linesOfCopy(log.split('\n'));
  const mounts: CopyMount[] = [];
  const namespaces: CopyNamespace[] = [];
  const deadMounts: DeadMount[] = [];
  const plugins = new Set<string>();
  const audits = new Set<string>();
  const refusedAudits: RefusedAudit[] = [];
  const errors = new Map<string, string>();
  const revocations = new Map<string, Set<string>>();
  const rotations = new Set<string>();
  let kind: CopyMount['kind'] = 'secret';
  let complete = false;

  for (const line of lines) {
    const { level, message, facts } = line;
    const { path = '', error = '' } = facts;
    if (message.includes('mount table')) kind = message.includes('auth mount table') ? 'auth' : 'secret';
    else if (message === 'successfully mounted') mounts.push(mountOf(kind, facts));
    else if (message === 'discovered namespace') namespaces.push({ path, uuid: facts['uuid'] ?? '' });
    else if (message === 'enabled audit backend') audits.add(path);
    else if (message === 'post-unseal setup complete') complete = true;
    const isProblem = level === 'ERROR' || (level === 'WARN' && error !== '');
    if (!isProblem || expected.includes(message)) continue;
    const lease = facts['lease_id'];
    if (message === 'failed to revoke lease' && lease !== undefined) {
      const issuer = lease.slice(0, Math.max(0, lease.lastIndexOf('/')));
      revocations.set(issuer, (revocations.get(issuer) ?? new Set()).add(lease));
      continue;
    }
    if (message.startsWith('unable to rotate credentials')) {
      rotations.add(`${line.from.split('.').at(-1)}/${facts['role'] ?? ''}`);
      continue;
    }
    const unopened = /^sanity check failed; unable to open "([^"]+)" for writing/.exec(message)?.[1];
    if (unopened !== undefined) {
      refusedAudits.push({ path: unopened, why: wordsOf(line) });
      continue;
    }
    const plugin = /plugin not found in the catalog: (\S+)/.exec(error)?.[1];
    if (plugin !== undefined) plugins.add(plugin);
    if (/mount entry|mount/.test(message) && path !== '') deadMounts.push({ path, why: wordsOf(line) });
    else if (message.includes('audit') && path !== '') refusedAudits.push({ path, why: wordsOf(line) });
    else if (!errors.has(message)) errors.set(message, wordsOf(line));
  }
  return {
    ...{ complete, mounts, namespaces, deadMounts, refusedAudits },
    missingPlugins: [...plugins],
    auditDevices: [...audits],
    revocations: [...revocations].map(([path, leases]) => ({ path, count: leases.size })).sort(byPath),
    rotations: [...rotations].sort(),
    errors: [...errors.values()].slice(0, mostErrors),
  };
};

/**
 * The namespaces with a seal of their own, as a copy has them: each stays sealed until those who hold its keys open it.
 *
 * @param sealedIds as the names of the archive have them (`ownSeals` of an inspection).
 */
export const namespacesWithOwnSeal = (
  { namespaces }: Pick<CopyLog, 'namespaces'>,
  sealedIds: readonly string[],
): readonly CopyNamespace[] => namespaces.filter(({ uuid }) => sealedIds.includes(uuid));

/** From where the copy comes up: what is before that is of the room's own store, and of the restore. */
const linesOfCopy = (texts: readonly string[]): readonly LogLine[] => {
  const last = (says: string): number => texts.findLastIndex((text) => text.includes(says));
  const [restored, unsealed] = [last(restoredSays), last(unsealedSays)];
  const begins = unsealed > restored ? unsealed : restored;
  return texts.slice(Math.max(0, begins)).flatMap((text) => parseLogLine(text) ?? []);
};

const mountOf = (kind: CopyMount['kind'], { path = '', type = '', namespace = '' }: LogLine['facts']): CopyMount => ({
  ...{ kind, path, type },
  namespace: /Path: (.*)$/.exec(namespace)?.[1]?.trim() ?? '',
});

const byPath = (a: { readonly path: string }, b: { readonly path: string }): number => (a.path < b.path ? -1 : 1);

const wordsOf = ({ message, facts: { error = '' } }: LogLine): string =>
  quote(error === '' ? message : `${message}: ${error}`) ?? '';
