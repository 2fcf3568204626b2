/** Builds HTML so that text cannot become markup: a template escapes every value that is not markup already. */
export interface Markup {
  readonly html: string;
}

type Content = string | number | Markup | readonly Markup[];

export const markup = (pieces: TemplateStringsArray, ...contents: readonly Content[]): Markup => ({
  html: pieces.map((piece, at) => piece + (at < contents.length ? render(contents[at]!) : '')).join(''),
});

export const nothing: Markup = { html: '' };

/** Raw text that is known to be safe: this program's own style sheet. */
export const trusted = (html: string): Markup => ({ html });

const render = (content: Content): string => {
  if (typeof content === 'string' || typeof content === 'number') return escapeText(String(content));
  return 'html' in content ? content.html : content.map(({ html }) => html).join('');
};

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/**
 * Escapes text and quoted attributes. Invisible characters, and characters that turn the direction of text, are shown by their
 * number: a name must not read as another one.
 */
const escapeText = (text: string): string =>
  text
    .replaceAll(/[&<>"'`]/g, (character) => entities[character] ?? '')
    .replaceAll(unseen, (character) => `[U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`);

// eslint-disable-next-line no-control-regex -- this function shows control characters
const unseen = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
