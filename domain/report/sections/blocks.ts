/** The blocks of a report's sections. A block holds the content, never its looks in one form of the report. */
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
  /**
   * `missing`: the reason for an absent block. `fine`: small print on the method. `warning`: a fact for every reader. `alarm`:
   * an action to take now.
   */
  readonly role?: 'missing' | 'fine' | 'warning' | 'alarm';
}

/** A list of names and values. */
export interface Pairs {
  readonly kind: 'pairs';
  readonly rows: readonly (readonly [label: string, value: Text])[];
}

export interface Table {
  readonly kind: 'table';
  readonly head: readonly string[];
  readonly rows: readonly Row[];
  /** The number of further rows. */
  readonly more: number;
  /** True: cells are short and stay side by side on a narrow page. */
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
  /** The value with its unit, or the reason for its absence in two words. */
  readonly value: string;
  readonly measured: boolean;
  readonly note: string;
  readonly objective?: { readonly text: string; readonly tone: Tone | undefined };
}

/** A drawing for forms that can draw. The tables beside it show the same. */
export interface Timeline {
  readonly kind: 'timeline';
  readonly facts: TimelineFacts;
}

/** A part of a section under a heading of its own. */
export interface Part {
  readonly kind: 'part';
  readonly title: string;
  /** One or two words after the title. */
  readonly answer?: Text;
  readonly blocks: readonly Block[];
  /** Whether a form that can fold shows the part open or closed; without this the part never folds. */
  readonly fold?: 'open' | 'closed';
  /** True: only the page shows the part, and other forms name it. */
  readonly onlyPage?: boolean;
}

export const paragraph = (text: Text, role?: Paragraph['role']): Paragraph => ({
  kind: 'paragraph',
  text,
  ...(role === undefined ? {} : { role }),
});

export const missing = (text: Text): Paragraph => paragraph(text, 'missing');

export const pairs = (rows: Pairs['rows']): Pairs => ({ kind: 'pairs', rows });

/** The largest number of rows shown; report.json has them all. */
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
