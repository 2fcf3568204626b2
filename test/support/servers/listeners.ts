/** Where a process listens, read from the kernel: tests prove with it that nothing of ours is open to the network. */
import { readdir, readFile, readlink } from 'node:fs/promises';

/** Linux only. TCP addresses the process listens on, sorted, like `127.0.0.1:8200` or `[::]:8200`. */
export const listeningAddresses = async (pid: number): Promise<string[]> => {
  const inodes = await socketInodes(pid);
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')));
  return tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === listening && inodes.has(inode ?? ''))
    .map(([, local = '']) => readableAddress(local))
    .sort();
};

/** TCP_LISTEN in the kernel's tables, see proc(5). */
const listening = '0A';

const socketInodes = async (pid: number): Promise<Set<string>> => {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  // A descriptor may be closed between the two reads.
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
};

const readableAddress = (local: string): string => {
  const [address = '', port = ''] = local.split(':');
  // The kernel prints words of 32 bits in the machine's byte order; every machine we test on is little-endian.
  const bytes = Buffer.concat((address.match(/.{8}/g) ?? []).map((word) => Buffer.from(word, 'hex').reverse()));
  return `${bytes.length === 4 ? bytes.join('.') : readableIpv6(bytes)}:${Number.parseInt(port, 16)}`;
};

const readableIpv6 = (bytes: Buffer): string => {
  const groups = (bytes.toString('hex').match(/.{4}/g) ?? []).join(':');
  // URL shortens an IPv6 address as people write it, brackets included.
  return new URL(`http://[${groups}]`).hostname;
};
