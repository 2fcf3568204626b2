/** Lets a test start our TypeScript in processes of its own: plain Node cannot read it. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** Compiles files and folders of the repository, without checking them, into a copy that `remove` takes away again. */
export const compileSources = async (...paths: string[]): Promise<{ root: string; remove: () => Promise<void> }> => {
  // Inside node_modules, so that packages resolve from there.
  await mkdir('node_modules/.cache', { recursive: true });
  const root = await mkdtemp(join(process.cwd(), 'node_modules/.cache/compiled-'));
  const remove = (): Promise<void> => rm(root, { recursive: true, force: true });
  try {
    await writeFile(join(root, 'package.json'), '{"type":"module"}');
    for (const source of (await Promise.all(paths.map(sourcesIn))).flat()) {
      const target = join(root, source.replace(/ts$/, 'js'));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, transpile(await readFile(source, 'utf8')));
    }
    return { root, remove };
  } catch (error) {
    await remove();
    throw error;
  }
};

const sourcesIn = async (path: string): Promise<string[]> => {
  if (path.endsWith('.ts')) return [path];
  const names = await readdir(path, { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(path, name));
};

const transpile = (source: string): string =>
  ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true },
  }).outputText;
