/** A drill's report in Markdown. Text of people and servers cannot break its tables or add sections of its own. */
import { cell, codeBlock, codeSpan, inline } from './markdown/escape.js';
import type { DrillReport } from './report.js';
import type { Block, Figure, Part, Table } from './sections/blocks.js';
import { type SectionsOptions, sectionsOf } from './sections/sections.js';
import { type Piece, piecesOf, type Text } from './sections/text.js';
import { groupDigits } from '../units.js';

/** Renders `report.md`. */
export const renderReportMarkdown = (report: DrillReport, options: SectionsOptions = {}): string => {
  const { title, result, scenario, head, sections } = sectionsOf(report, options);
  const [reason, ...rest] = head.map((block) => renderBlock(block, 2));
  const all = [
    `# ${inline(`${title}: ${result}`)}`,
    reason ?? '',
    `${inline(scenario)}.`,
    ...rest,
    ...sections.map(({ title: name, blocks }) => renderTitled(name, blocks, 2)),
  ];
  return `${all.filter((text) => text !== '').join('\n\n')}\n`;
};

const renderTitled = (title: string, blocks: readonly Block[], level: number): string =>
  [`${'#'.repeat(level)} ${title}`, ...blocks.map((block) => renderBlock(block, level + 1))]
    .filter((text) => text !== '')
    .join('\n\n');

const renderBlock = (block: Block, level: number): string => {
  switch (block.kind) {
    case 'paragraph':
      return renderText(block.text, inline);
    case 'pairs':
      return renderRows(['What', 'Value'], block.rows);
    case 'table':
      return renderTable(block);
    case 'bullets':
      return block.items.map((item) => `- ${renderText(item, inline)}`).join('\n');
    case 'preformatted':
      return codeBlock(block.text);
    case 'figures':
      return renderRows(['Figure', 'Value', 'In detail', 'Objective'], block.figures.map(cellsOf));
    case 'timeline':
      return '';
    case 'part':
      return renderPart(block, level);
  }
};

/** Parts for the page alone are named, so that a reader knows of them. */
const renderPart = ({ title, answer, blocks, onlyPage = false }: Part, level: number): string =>
  onlyPage
    ? `${inline(title)}: in \`report.html\`.`
    : renderTitled(`${inline(title)}${answer === undefined ? '' : ` ${renderText(answer, inline)}`}`, blocks, level);

const cellsOf = ({ name, value, note, objective }: Figure): readonly string[] => [
  name,
  value,
  note,
  objective?.text ?? '',
];

const renderTable = ({ head, rows, more }: Table): string => {
  const table = renderRows(
    head,
    rows.map(({ cells }) => cells),
  );
  return more === 0 ? table : `${table}\n\n${groupDigits(more)} more rows are in \`report.json\`.`;
};

const renderRows = (head: readonly string[], rows: readonly (readonly (Text | number)[])[]): string =>
  [
    head.map(cell),
    head.map(() => '---'),
    ...rows.map((cells) =>
      cells.map((text) => (typeof text === 'number' ? groupDigits(text) : renderText(text, cell))),
    ),
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

type Escape = typeof cell;

const renderText = (text: Text, escape: Escape): string =>
  piecesOf(text)
    .map((piece) => renderPiece(piece, escape))
    .join('');

const renderPiece = (piece: string | Piece, escape: Escape): string => {
  if (typeof piece === 'string') return spaced(piece, escape);
  switch (piece.as) {
    case 'said':
    case 'toned':
      return escape(piece.text);
    case 'strong':
      return piece.text.trim() === '' ? '' : `**${escape(piece.text)}**`;
    case 'chip':
      return `(${escape(piece.text)})`;
    case 'code':
    case 'name':
    case 'digest':
      return codeSpan(piece.text, escape === cell);
  }
};

/** Escapes a piece and keeps the spaces at its ends, which set it apart from its neighbors. */
const spaced = (text: string, escape: Escape): string =>
  `${/^\s/.test(text) ? ' ' : ''}${escape(text)}${/\S\s+$/.test(text) ? ' ' : ''}`;
