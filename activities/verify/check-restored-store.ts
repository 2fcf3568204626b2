/**
 * Finds what a restored target may lack although every key and value is present: programs for its mounts, and keys of its
 * tenants.
 */
import { cancellationSignal } from '@temporalio/activity';
import { type Check, check, type CheckName, skippedCheck } from '../../domain/run/checks.js';
import { isKnownFailure } from '../../domain/known-failure.js';
import { judgeMounts, type Mount, readMounts } from '../../domain/pair/safeguards/mounts.js';
import { judgeNamespaces, type NamespaceSeal, type OwnSeals } from '../../domain/pair/safeguards/sealed-namespaces.js';
import type { Topology } from '../../domain/pair/topology.js';
import type { OpenBaoSession } from '../../systems/openbao/api/client.js';
import { type Observation, patiently } from '../observing/observe-check.js';
import type { Sites } from '../ports/sites.js';

export interface RestoredStoreInput {
  readonly topology: Topology;
  /** Absent: the snapshot was not inspected for namespaces with their own seal. */
  readonly ownSeals?: OwnSeals;
  /** Paths of the namespaces that the plan lets stay sealed. Default: none. */
  readonly sealedNamespaces?: readonly string[];
  /** Whether the snapshot has external plugins: then the mounts of namespaces are looked at as well. Default: false. */
  readonly hasPlugins?: boolean;
  /** The source's mounts before the restore; absent if they could not be read. */
  readonly externalMounts?: readonly Mount[];
}

/** `mounts-alive` and `namespaces-unsealed`. */
export const checkRestoredStore = async (
  sites: Sites,
  {
    topology: { target, source },
    ownSeals,
    sealedNamespaces = [],
    externalMounts,
    hasPlugins = false,
  }: RestoredStoreInput,
): Promise<readonly Check[]> => {
  const ask = <T>(step: (session: OpenBaoSession) => Promise<T>) => sites.withLogin(target, source.verifier, step);
  return Promise.all([
    observeOrSkip('mounts-alive', "every mount of the target is served, by the source's version of its plugin", () =>
      ask(async (session) => {
        const root = await mountsOf(session, '');
        const below = hasPlugins ? await mountsBelow(session) : { mounts: [], unseen: 0 };
        return judgeMounts([...root, ...below.mounts], externalMounts, below.unseen);
      }),
    ),
    ownSeals === undefined || ownSeals.namespaces === 0
      ? check('namespaces-unsealed', true, unsealedNamespaces, 'the snapshot has no namespace with a seal of its own')
      : observeOrSkip('namespaces-unsealed', unsealedBut(sealedNamespaces), () =>
          ask(async (session) => judgeNamespaces(ownSeals, await readSeals(session, ownSeals), sealedNamespaces)),
        ),
  ]);
};

const unsealedNamespaces = 'every namespace with a seal of its own is unsealed on the target';
const unsealedBut = (names: readonly string[]): string =>
  names.length === 0 ? unsealedNamespaces : `${unsealedNamespaces}, or named by the plan: ${names.join(', ')}`;

/** A fact that the identity may not see is neither a finding nor a pass. */
const observeOrSkip = async (
  name: CheckName,
  expected: string,
  observe: () => Promise<Observation>,
): Promise<Check> => {
  const seen = await patiently(observe);
  if (!isKnownFailure(seen)) return check(name, seen.passed, expected, seen.observed);
  return seen.type === 'PermissionDenied'
    ? skippedCheck(name, expected, 'not seen', `the verifying identity may not see it: ${seen.message}`)
    : check(name, false, expected, seen.message);
};

const read = (session: OpenBaoSession, path: string) => session.read(path, { signal: cancellationSignal() });

const mostNamespaces = 100;

/** @param namespace with a slash at its end; empty for the root. */
const mountsOf = async (session: OpenBaoSession, namespace: string): Promise<readonly Mount[]> => {
  const [mounts, auths] = await Promise.all([
    read(session, `${namespace}sys/mounts`),
    read(session, `${namespace}sys/auth`),
  ]);
  return [...readMounts(mounts, namespace), ...readMounts(auths, `${namespace}auth/`)];
};

const mountsBelow = async (session: OpenBaoSession): Promise<{ mounts: readonly Mount[]; unseen: number }> => {
  const mounts: Mount[] = [];
  const paths = (await listNamespaces(session)).map(([path]) => path);
  let unseen = Math.max(0, paths.length - mostNamespaces);
  for (const path of paths.slice(0, mostNamespaces)) {
    try {
      mounts.push(...(await mountsOf(session, path)));
    } catch (error) {
      // The namespace is sealed or closed to this identity: its number is reported, and the other check judges it.
      if (!isKnownFailure(error)) throw error;
      unseen += 1;
    }
  }
  return { mounts, unseen };
};

type Namespaces = readonly (readonly [path: string, { readonly uuid?: unknown }])[];

const listNamespaces = async (session: OpenBaoSession): Promise<Namespaces> => {
  const found = await read(session, 'sys/namespaces?scan=true');
  return Object.entries((found?.['key_info'] ?? {}) as Readonly<Record<string, { readonly uuid?: unknown }>>);
};

/** The snapshot's namespaces with their own seal, as far as the target shows them. */
const readSeals = async (session: OpenBaoSession, { ids = [] }: OwnSeals): Promise<readonly NamespaceSeal[]> => {
  const wanted = (await listNamespaces(session)).filter(
    ([, { uuid }]) => typeof uuid === 'string' && ids.includes(uuid),
  );
  const seals: NamespaceSeal[] = [];
  for (const [path] of wanted) seals.push({ path, sealed: await isSealed(session, path) });
  return seals;
};

const isSealed = async (session: OpenBaoSession, path: string): Promise<boolean> => {
  const parts = path.replace(/\/$/, '').split('/');
  const name = parts.pop() ?? '';
  const at = [...parts, 'sys/namespaces', name, 'seal-status'].join('/');
  return (await read(session, at))?.['sealed'] !== false;
};
