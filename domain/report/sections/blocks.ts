/** What a section of a report is made of. Blocks hold what is said, never how it looks in one form of the report. */
import type { Text, Tone } from './text.js';
import type { TimelineFacts } from './course/timeline.js';

export interface Section {
  /** Stable: links of the contents lead to it. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block = Paragraph | Pairs | Table | Bullets | Preformatted | Figures | Timeline | Part;

export interface Paragraph {
  readonly kind: 'paragraph';
  readonly text: Text;
  /** `missing`: in place of what is not there. `fine`: for those who ask how. `warning`: to be known by everybody. `alarm`: to be done now. */
  readonly role?: 'missing' | 'fine' | 'warning' | 'alarm';
}

/** What something is called, and what it is. */
export interface Pairs {
  readonly kind: 'pairs';
  readonly rows: readonly (readonly [label: string, value: Text])[];
}

export interface Table {
  readonly kind: 'table';
  readonly head: readonly string[];
  readonly rows: readonly Row[];
  /** How many more rows there are than these. */
  readonly more: number;
  /** Cells are short: on a narrow page they stand beside each other. */
  readonly compact: boolean;
}

export interface Row {
  readonly cells: readonly (Text | number)[];
  readonly failed?: boolean;
}

export interface Bullets {
  readonly kind: 'bullets';
  readonly items: readonly Text[];
}

export interface Preformatted {
  readonly kind: 'preformatted';
  readonly text: string;
}

/** The numbers that people ask for first. */
export interface Figures {
  readonly kind: 'figures';
  readonly figures: readonly Figure[];
}

export interface Figure {
  readonly name: string;
  /** With its unit; or why there is none, in two words. */
  readonly value: string;
  readonly measured: boolean;
  readonly note: string;
  readonly objective?: { readonly text: string; readonly tone: Tone | undefined };
}

/** Drawn where a form can draw. The tables beside it say the same. */
export interface Timeline {
  readonly kind: 'timeline';
  readonly facts: TimelineFacts;
}

/** A part of a section under a heading of its own. */
export interface Part {
  readonly kind: 'part';
  readonly title: string;
  /** In one or two words behind the title. */
  readonly answer?: Text;
  readonly blocks: readonly Block[];
  /** How the part is found where a form can fold; it never folds without this. */
  readonly fold?: 'open' | 'closed';
  /** For the page alone: other forms only name it. */
  readonly onlyPage?: boolean;
}

export const paragraph = (text: Text, role?: Paragraph['role']): Paragraph => ({
  kind: 'paragraph',
  text,
  ...(role === undefined ? {} : { role }),
});

export const missing = (text: Text): Paragraph => paragraph(text, 'missing');

export const pairs = (rows: Pairs['rows']): Pairs => ({ kind: 'pairs', rows });

/** More rows than anybody reads; report.json has them all. */
export const mostRows = 200;

export const table = (
  head: readonly string[],
  rows: readonly Row[],
  { compact = false }: { readonly compact?: boolean } = {},
): Table => ({
  kind: 'table',
  head,
  rows: rows.slice(0, mostRows),
  more: Math.max(0, rows.length - mostRows),
  compact,
});

export const bullets = (items: readonly Text[]): Bullets => ({ kind: 'bullets', items });

export const preformatted = (text: string): Preformatted => ({ kind: 'preformatted', text });

export const part = (
  title: string,
  blocks: readonly Block[],
  options: Pick<Part, 'answer' | 'fold' | 'onlyPage'> = {},
): Part => ({ kind: 'part', title, blocks, ...options });
