/** The kinds of words in a report. A renderer gives each kind its looks and makes sure that all of them stay text. */
export type Tone = 'good' | 'bad' | 'warn';

/**
 * `said`: words of a person or a server. `code`: text to copy. `strong`: a label. `toned`: an outcome. `name`: the public name
 * of something with a title. `chip`: a short label. `digest`: a hash in hex, which a form that can expand it may shorten.
 */
export interface Piece {
  readonly as: 'said' | 'code' | 'strong' | 'toned' | 'name' | 'chip' | 'digest';
  readonly text: string;
  readonly tone?: Tone;
}

export type Text = string | Piece | readonly (string | Piece)[];

export const said = (text: string): Piece => ({ as: 'said', text });

export const code = (text: string): Piece => ({ as: 'code', text });

export const strong = (text: string): Piece => ({ as: 'strong', text });

export const toned = (text: string, tone: Tone): Piece => ({ as: 'toned', text, tone });

export const name = (text: string): Piece => ({ as: 'name', text });

export const chip = (text: string, tone?: Tone): Piece => ({
  as: 'chip',
  text,
  ...(tone === undefined ? {} : { tone }),
});

export const digest = (text: string): Piece => ({ as: 'digest', text });

/** The text as a list of pieces. */
export const piecesOf = (text: Text): readonly (string | Piece)[] =>
  typeof text === 'string' || 'as' in text ? [text] : text;

export const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Ends the text with one full stop. Its beginning stays, because it may be the name of a person. */
export const ended = (text: string): string => `${text}.`.replace(/([.!?])\.$/, '$1');

export const sentence = (text: string): string => ended(capitalise(text));
