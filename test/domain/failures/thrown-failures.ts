/** The types of all failures that the sources can throw, read off the sources themselves. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface ThrownFailure {
  readonly type: string;
  /** Undefined where another value than a plain one decides. */
  readonly retryable: boolean | undefined;
  /** `file:line`. */
  readonly at: string;
}

/** A failure's type, and no code of S3's or Node's. */
const typeName = /^[A-Z][a-z0-9]+(?:[A-Z0-9][A-Za-z0-9]*)+$/;

/** Every failure that files of these rooms throw by name: to `KnownFailure` itself, or to a function or table of their own. */
export const thrownFailures = (root: string, rooms: readonly string[]): readonly ThrownFailure[] =>
  rooms
    .flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((path) => join(room, path)),
    )
    .filter((path) => path.endsWith('.ts'))
    .flatMap((file) => {
      const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
      return failuresIn(source, file);
    });

const failuresIn = (source: ts.SourceFile, file: string): readonly ThrownFailure[] => {
  const found: ThrownFailure[] = [];
  const indirect = handsTypesOn(source);
  const note = (types: readonly ts.StringLiteral[], retryable: boolean | undefined): void => {
    for (const literal of types) {
      const { line } = source.getLineAndCharacterOfPosition(literal.getStart());
      found.push({ type: literal.text, retryable, at: `${file}:${line + 1}` });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'KnownFailure') {
      const [type, , options] = node.arguments ?? [];
      note(namesIn(type), retryableIn(options));
    } else if (ts.isPropertyAssignment(node) && node.name.getText() === 'failureType') {
      // `waitUntil` makes it one that may be tried again.
      note(namesIn(node.initializer), true);
    } else if (indirect && ts.isPropertyAssignment(node) && node.name.getText() === 'type') {
      note(namesIn(node.initializer), retryableIn(node.parent));
    } else if (ts.isCallExpression(node) && (isNamedAfterFailure(node) || (indirect && isGivenSentence(node)))) {
      const flagged = node.arguments.some(({ kind }) => kind === ts.SyntaxKind.TrueKeyword);
      note(node.arguments.flatMap(namesIn), flagged ? true : undefined);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

/** Whether a file makes failures of types that it was given, or keeps in a table. */
const handsTypesOn = (source: ts.SourceFile): boolean => /type: string|type: '|FailureType/.test(source.text);

const isNamedAfterFailure = ({ expression }: ts.CallExpression): boolean =>
  /^(?!is).*(?:fail|refus)/i.test(expression.getText());

/** A function of a file's own that gets a type and what it says. */
const isGivenSentence = ({ arguments: given }: ts.CallExpression): boolean =>
  given.some((argument) => /^['"`].* /s.test(argument.getText()));

const namesIn = (node: ts.Node | undefined): readonly ts.StringLiteral[] => {
  if (node === undefined) return [];
  if (ts.isStringLiteral(node)) return typeName.test(node.text) ? [node] : [];
  return ts.isConditionalExpression(node) ? [...namesIn(node.whenTrue), ...namesIn(node.whenFalse)] : [];
};

const retryableIn = (options: ts.Node | undefined): boolean | undefined => {
  if (options === undefined) return false;
  if (!ts.isObjectLiteralExpression(options)) return undefined;
  for (const property of options.properties) {
    if (property.name?.getText() !== 'retryable') continue;
    if (!ts.isPropertyAssignment(property)) return undefined;
    const { kind } = property.initializer;
    return kind === ts.SyntaxKind.TrueKeyword ? true : kind === ts.SyntaxKind.FalseKeyword ? false : undefined;
  }
  return false;
};
