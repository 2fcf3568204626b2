/** Each kind of block as HTML. */
import type { Block, Figure, Paragraph, Part, Row, Table } from '../sections/blocks.js';
import { type Piece, piecesOf, type Text } from '../sections/text.js';
import { groupDigits } from '../../units.js';
import { type Markup, markup, nothing, trusted } from './markup.js';
import { renderTimeline } from './timeline.js';

/** @param depth the number of parts around it. */
export const renderBlock = (block: Block, depth = 0): Markup => {
  switch (block.kind) {
    case 'paragraph':
      return renderParagraph(block);
    case 'pairs':
      return markup`<table class="pairs"><tbody>${block.rows.map(
        ([label, value]) => markup`<tr><th scope="row">${label}</th><td>${renderText(value)}</td></tr>`,
      )}</tbody></table>`;
    case 'table':
      return renderTable(block);
    case 'bullets':
      return markup`<ul>${block.items.map((item) => markup`<li>${renderText(item)}</li>`)}</ul>`;
    case 'preformatted':
      return markup`<pre>${block.text}</pre>`;
    case 'figures':
      return markup`<div class="figures">${block.figures.map(renderFigure)}</div>`;
    case 'timeline':
      return renderTimeline(block.facts);
    case 'part':
      return renderPart(block, depth);
  }
};

const renderParagraph = ({ text, role }: Paragraph): Markup => markup`<p class="${role ?? ''}">${renderText(text)}</p>`;

const renderPart = ({ title, answer, blocks, fold }: Part, depth: number): Markup => {
  const tag = trusted(`h${Math.min(6, depth + 3)}`);
  const heading = markup`<${tag}>${title}${answer === undefined ? nothing : markup` <span class="answer">${renderText(answer)}</span>`}</${tag}>`;
  const body = blocks.map((block) => renderBlock(block, depth + 1));
  return fold === undefined
    ? markup`<div class="part">${heading}${body}</div>`
    : markup`<details class="part"${trusted(fold === 'open' ? ' open' : '')}><summary>${heading}</summary>${body}</details>`;
};

const renderTable = ({ head, rows, more, compact }: Table): Markup =>
  markup`<table class="${compact ? 'compact' : ''}"><thead><tr>${head.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows.map(
    (row) => renderRow(row, head),
  )}</tbody></table>${more === 0 ? nothing : markup`<p class="missing">${groupDigits(more)} more rows are in report.json.</p>`}`;

const renderRow = ({ cells, failed = false }: Row, head: readonly string[]): Markup =>
  markup`<tr class="${failed ? 'failed' : ''}">${cells.map(
    (cell, at) =>
      markup`<td data-label="${head[at] ?? ''}">${typeof cell === 'number' ? groupDigits(cell) : renderText(cell)}</td>`,
  )}</tr>`;

const renderFigure = ({ name, value, measured, note, objective }: Figure): Markup =>
  markup`<div class="figure"><h3>${name}</h3><p class="value ${measured ? '' : 'none'}">${value}</p><p>${note}</p>${
    objective === undefined ? nothing : markup`<p class="objective ${objective.tone ?? ''}">${objective.text}</p>`
  }</div>`;

const renderText = (text: Text): Markup => markup`${piecesOf(text).map(renderPiece)}`;

const renderPiece = (piece: string | Piece): Markup => {
  if (typeof piece === 'string') return markup`${piece}`;
  const { as, text, tone = '' } = piece;
  switch (as) {
    // Foreign text must not turn the direction of the text around it.
    case 'said':
      return markup`<bdi>${text}</bdi>`;
    case 'code':
      return markup`<code>${text}</code>`;
    case 'strong':
      return markup`<strong>${text}</strong>`;
    case 'toned':
      return markup`<strong class="outcome ${tone}">${text}</strong>`;
    case 'name':
      return markup`<code class="name">${text}</code>`;
    case 'chip':
      return markup`<span class="chip ${tone}">${text}</span>`;
    case 'digest':
      return markup`<code class="digest" title="${text}">${text.slice(0, 16)}…</code>`;
  }
};
