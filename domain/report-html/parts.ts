/** Pieces that every section of the page is made of. */
import type { Warning } from '../warnings.js';
import { type Markup, markup, nothing } from './markup.js';

export type Cell = string | number | Markup;

export const section = (title: string, ...body: readonly Markup[]): Markup =>
  markup`<section><h2>${title}</h2>${body}</section>\n`;

export const missing = (sentence: string): Markup => markup`<p class="missing">${sentence}</p>`;

export const paragraph = (text: string | Markup): Markup => markup`<p>${text}</p>`;

export const bullets = (items: readonly (string | Markup)[]): Markup =>
  markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`;

export interface TableOptions {
  /** A class for each row, by its number, if rows look different. */
  readonly looks?: (at: number) => string;
  /** Cells are short: on a narrow page they stand beside each other. */
  readonly compact?: boolean;
}

/** More rows than anybody reads on a page; report.json has them all. */
export const mostRows = 200;

export const table = (
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  { looks = () => '', compact = false }: TableOptions = {},
): Markup =>
  markup`<table class="${compact ? 'compact' : ''}"><thead><tr>${head.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows
    .slice(0, mostRows)
    .map(
      (cells, row) =>
        markup`<tr class="${looks(row)}">${cells.map((cell, at) => markup`<td data-label="${head[at] ?? ''}">${cell}</td>`)}</tr>`,
    )}</tbody></table>${rows.length > mostRows ? missing(`${rows.length - mostRows} more rows are in report.json.`) : nothing}`;

/** What something is called, and what it is. */
export const pairs = (rows: readonly (readonly [string, Cell])[]): Markup =>
  markup`<table class="pairs"><tbody>${rows.map(([name, value]) => markup`<tr><td>${name}</td><td>${value}</td></tr>`)}</tbody></table>`;

/** Something that people have to know although no check failed of it. */
export const renderWarning = ({ name, sentence: words }: Warning): Markup =>
  markup`<p class="warning"><strong>Mind (${name}):</strong> ${said(words)}</p>`;

export const code = (text: string): Markup => markup`<code>${text}</code>`;

/** A name or words of somebody else, which must not turn the direction of what stands around them. */
export const said = (text: string): Markup => markup`<bdi>${text}</bdi>`;

export const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Ends with one full stop, whatever it ended with. Its beginning stays: it may be the name of a person. */
export const ended = (text: string): string => `${text}.`.replace(/([.!?])\.$/, '$1');

export const sentence = (text: string): string => ended(capitalise(text));

/** `2 Jan 2026, 03:04:05 UTC`; the text as it is when it is no ISO time in UTC. */
export const moment = (time: string): string => {
  const [, year, month, day, clock] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(time) ?? [];
  const name = months[Number(month) - 1];
  return year === undefined || name === undefined || clock === undefined
    ? time
    : `${Number(day)} ${name} ${year}, ${clock} UTC`;
};

/** `2 Jan 2026, 03:04:05 to 03:09:00 UTC`; with both days if they are not the same. */
export const period = (from: string, to: string): string =>
  from.slice(0, 10) === to.slice(0, 10)
    ? `${moment(from).replace(/ UTC$/, '')} to ${moment(to).replace(/^.*, /, '')}`
    : `${moment(from)} to ${moment(to)}`;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `03:04:05.6`, of an ISO time in UTC. */
export const clock = (time: string): string => /T(\d\d:\d\d:\d\d(?:\.\d)?)/.exec(time)?.[1] ?? time;
