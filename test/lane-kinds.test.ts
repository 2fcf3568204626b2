/** Where kinds of lane are named. A new one is a folder under infra/lanes/, a line of its table, and what stands here. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const rooms = ['domain', 'systems', 'infra', 'activities', 'workflows', 'worker', 'client'];

/** A kind's own file and folder, and real systems of the same name. */
const ofOneKind =
  /^(domain\/plan\/kinds\/(local|compose|k3d)\.|infra\/lanes\/(local|compose|k3d)\/|systems\/(k3d|docker|kubernetes|helm|tools)\/)/;
const named = /\b(k3d|compose)\b|'local'/;
const isComment = /^\s*(\*|\/\/|\/\*)/;

const filesOf = async (room: string): Promise<readonly string[]> =>
  (await readdir(join(root, room), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));

it('kinds of lane are named in few places outside their folders', async () => {
  const files = (await Promise.all(rooms.map(filesOf))).flat().filter((file) => !ofOneKind.test(file));
  const naming: string[] = [];
  for (const file of files) {
    const lines = (await readFile(join(root, file), 'utf8')).split('\n');
    if (lines.some((line) => named.test(line) && !isComment.test(line))) naming.push(file);
  }
  expect(naming.toSorted()).toEqual(
    [
      // The sentence about what has no images.
      'client/commands/lanes/images.ts',
      // Options of the command line that only one kind takes.
      'client/cli/plan-file.ts',
      'client/program.ts',
      // A device's own word, which means no kind.
      'domain/pair/safeguards/audit-devices.ts',
      // The sections of a plan, as typed and as resolved, the types of both, and the names of parts.
      'domain/plan/kinds/kinds.ts',
      'domain/plan/plan-schema.ts',
      'domain/plan/plan.ts',
      'domain/plan/provisioning.ts',
      'domain/plan/resolved-plan.ts',
      'infra/lanes/kinds.ts',
      // Programs of one kind's containers.
      'worker/programs/keep-containers.ts',
      'worker/programs/prepare-lane-part.ts',
    ].toSorted(),
  );
});
