/** Whether walls can be built of namespaces here, before anything is fetched: and if not, what forbids it, as far as the kernel says. */
import { KnownFailure } from '../../../domain/known-failure.js';
import { readSystemFile } from '../../../systems/machine/system-file.js';
import { createProgram } from '../../../systems/processes/program.js';
import { quote } from '../../../systems/secrets/scrub.js';
import { enclosingProgram, enclosingTools } from './enclosure.js';

export interface NamespaceProbe {
  /** Default: what {@link enclosingProgram} names. */
  readonly path?: string;
  readonly system?: string;
  readonly signal?: AbortSignal | undefined;
}

/** All that an enclosure needs: a user's, a network's and a mount's namespace, the right to use each, and a root that can be exchanged. */
const trial = [
  'ip link set lo up && mount -t tmpfs room /mnt && mkdir /mnt/host',
  'setpriv --bounding-set=-all --inh-caps=-all --no-new-privs true',
  'cd /mnt && pivot_root . host',
].join(' && ');

/**
 * @throws KnownFailure `RoomNotPossible`: namespaces are not allowed, or a program is missing; the sentence says which.
 */
export const assertNamespaces = async ({
  path = enclosingProgram.path,
  system = process.platform,
  signal,
}: NamespaceProbe = {}): Promise<void> => {
  if (system !== 'linux') throw notPossible('only Linux has namespaces');
  const run = createProgram(enclosingProgram.file, { PATH: path });
  const missing = [...(await missingPrograms(path, signal))];
  if (missing.length > 0) throw notPossible(`${missing.join(', ')} are missing: install util-linux and iproute2`);
  const { exitCode, stderr } = await run({
    args: [...enclosingProgram.args, 'sh', '-c', trial],
    timeoutMs: 20_000,
    signal,
  });
  if (exitCode === 0) return;
  throw notPossible((await forbidding()) ?? quote(stderr) ?? 'the kernel does not say why');
};

const missingPrograms = async (path: string, signal: AbortSignal | undefined): Promise<readonly string[]> => {
  const run = createProgram('/bin/sh', { PATH: path });
  const { stdout } = await run({
    args: ['-c', `for name in ${enclosingTools.join(' ')}; do command -v $name >/dev/null || echo $name; done`],
    timeoutMs: 10_000,
    signal,
  });
  return stdout.split('\n').filter((name) => name !== '');
};

/** Settings that forbid it, in the order in which systems have them. */
const forbidding = async (): Promise<string | undefined> => {
  const setting = async (name: string): Promise<string | undefined> =>
    (await readSystemFile(`/proc/sys/${name.replaceAll('.', '/')}`))?.trim();
  const found = async (name: string, forbids: string): Promise<string | undefined> =>
    (await setting(name)) === forbids ? `${name} is ${forbids}` : undefined;
  return (
    (await found('user.max_user_namespaces', '0')) ??
    (await found('kernel.unprivileged_userns_clone', '0')) ??
    (await found('kernel.apparmor_restrict_unprivileged_userns', '1'))
  );
};

const notPossible = (why: string): KnownFailure =>
  new KnownFailure(
    'RoomNotPossible',
    `A sealed room cannot be built here (${why}): allow user namespaces to this user, as a container's security profile or a setting of the kernel may not, or choose another kind of room.`,
  );
