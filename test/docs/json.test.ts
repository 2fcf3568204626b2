import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../client/program.js';
import { createTestContext } from '../client/test-context.js';

/** Without `--json`, each with its reason. */
const textOnly: Readonly<Record<string, string>> = {
  help: 'prints text for people only',
  snapshot: 'is a group of commands',
};

const namesOf = (command: Command, before = ''): readonly { readonly name: string; readonly command: Command }[] =>
  command.commands.flatMap((child) => {
    const name = `${before}${child.name()}`;
    return [{ name, command: child }, ...namesOf(child, `${name} `)];
  });
const commands = namesOf(createProgram(createTestContext(), () => undefined));

describe('docs/json.md', () => {
  it.each(commands)('has the object that $name prints, or says why it prints none', async ({ name, command }) => {
    const page = await readFile('docs/json.md', 'utf8');
    const hasJson = command.options.some(({ long }) => long === '--json');
    const reason = textOnly[name];
    expect(hasJson).toBe(reason === undefined);
    if (reason !== undefined) return expect(page).toContain(`\`${name}\` ${reason}`);
    const first = page.split('\n').flatMap((line) => (line.startsWith('| `') ? [line.split('|')[1] ?? ''] : []));
    expect(first.filter((cell) => cell.includes(`\`${name}\``))).toHaveLength(1);
  });
});
