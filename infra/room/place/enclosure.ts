/**
 * Builds a room's walls out of namespaces: no network but a loopback of its own, and a file system that shows the system's programs
 * (read-only), the room's folder and the files it was given. The host's tree is taken away before anything runs, and every right with it
 * that could lead back there. A Unix socket leads past a network namespace, so `/run`, `/var` and `/tmp` are not shown; an audit device
 * of the restored copy writes into the room's own memory, and not over the original's file.
 */
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { MappedAddress } from './mapped-addresses.js';

/** Where the room's folder is, seen from inside. */
export const roomInside = '/room';

/** What programs and their libraries need. Those that a system has not are left out. */
const systemFolders = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  // The rest of /nix holds the socket of its daemon.
  '/nix/store',
  '/etc/ssl',
  '/etc/pki',
  '/etc/ca-certificates',
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/dev/null',
  '/dev/zero',
  '/dev/random',
  '/dev/urandom',
];

/** Whether a path is shown anyway. */
export const isShownAnyway = (path: string): boolean =>
  systemFolders.some((folder) => path === folder || path.startsWith(`${folder}/`));

export interface Enclosure {
  /** An empty folder, over which the room's root is built. */
  readonly root: string;
  /** Holds `etc/`, which becomes the room's. */
  readonly folder: string;
  /** Files and folders that are shown, read-only, by the path they are to have inside. */
  readonly shown: Readonly<Record<string, string>>;
  readonly mapped: readonly MappedAddress[];
}

/** What listens below this port needs a right to, which says nothing outside of the room's own network. */
const firstFreePort = 1024;

/** How much of the room's memory its root may take: what an audit device writes there. */
const rootSize = '64m';

/**
 * A shell script that builds the walls and then becomes the program that its arguments name. Any step that fails ends it. It is to be
 * run by {@link enclosingProgram}.
 */
export const enclosingScript = ({ root, folder, shown, mapped }: Enclosure): string => {
  const inRoot = (path: string): string => quoted(`${root}${path}`);
  const rights = mapped.some(({ address: { port } }) => port < firstFreePort) ? '-all,+net_bind_service' : '-all';
  return [
    'set -e',
    'ip link set lo up',
    ...mapped
      .filter(({ added }) => added)
      .map(({ listen }) => `ip addr add ${quoted(listen)}/${isIPv6(listen) ? 128 : 32} dev lo`),
    `mount -t tmpfs -o mode=755,size=${rootSize} room ${quoted(root)}`,
    // A folder that is a link, as /bin is on most systems, stays one. What is writable by root alone is so by a room of root's, too.
    // Nothing is made at the end of a link that leads out of the room: it would be made in the host's own files.
    'at() {',
    '  at="$1"; while [ ! -e "$at" ] && [ ! -L "$at" ]; do at=$(dirname "$at"); done',
    `  case "$(readlink -f "$at")" in ${quoted(root)}|${quoted(root)}/*) return;; esac`,
    '  echo "$1 leads out of the room" >&2; exit 1',
    '}',
    'show() {',
    '  at "$3"',
    '  if [ -L "$1" ] && [ "$1" = "$2" ] && [ -d "$1" ]; then mkdir -p "$(dirname "$3")"; cp -P "$1" "$3"; return; fi',
    '  if [ -d "$1" ]; then mkdir -p "$3"; else mkdir -p "$(dirname "$3")"; : > "$3"; fi',
    '  mount --rbind "$1" "$3"',
    '  case "$1" in /dev/*) return;; esac',
    '  mount -o remount,bind,ro "$3" 2>/dev/null || mount -o remount,bind,ro,nosuid,nodev "$3"',
    '}',
    ...systemFolders.map((path) => `[ ! -e ${path} ] || show ${path} ${path} ${inRoot(path)}`),
    ...Object.entries(shown).map(([path, from]) => `show ${quoted(from)} ${quoted(path)} ${inRoot(path)}`),
    ...['hosts', 'nsswitch.conf', 'resolv.conf', 'passwd'].map(
      (file) => `cp ${quoted(join(folder, 'etc', file))} ${inRoot(`/etc/${file}`)}`,
    ),
    `mkdir -p ${inRoot(roomInside)} ${inRoot('/tmp')}`,
    `mount --bind ${quoted(folder)} ${inRoot(roomInside)}`,
    // Some systems keep their programs where the room shows nothing, and links to them there.
    'for name in chroot setpriv; do PATH="$PATH:$(dirname "$(readlink -f "$(command -v "$name")")")"; done',
    // A root that is only changed can be left again by a program with the right to change it: the host's tree has to be gone.
    // One line each: a failure within a chain of && would not end the script.
    ...[`mkdir ${inRoot('/host')}`, `cd ${quoted(root)}`, 'pivot_root . host', 'cd /', 'chroot host umount -l /'],
    'rmdir host',
    `exec setpriv --bounding-set=${rights} --inh-caps=-all --no-new-privs "$@"`,
  ].join('\n');
};

/**
 * Namespaces of its own for users, network, mounts, process numbers, host name and message queues, without any right of root's outside.
 * What is killed in here is everything: the room's first process takes all others with it.
 */
export const enclosingProgram = {
  file: 'unshare',
  args: ['--user', '--map-root-user', '--net', '--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child'],
  /** Where systems keep {@link enclosingTools}; a user's own PATH may leave them out. */
  path: '/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin',
};

/** The programs that build the walls, of util-linux, iproute2 and coreutils. */
export const enclosingTools = ['unshare', 'ip', 'mount', 'umount', 'pivot_root', 'setpriv', 'chroot'] as const;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
