/** Reports the problem of a stanza by line and column. The text itself is not quoted, because it may be a secret. */
import { KnownFailure } from '../../../../domain/known-failure.js';

/** A place in a text. */
export interface Place {
  readonly text: string;
  readonly at: number;
}

/** Names the file only once that is known: {@link namingFile}. */
export class InvalidStanza extends Error {
  constructor(
    readonly place: Place,
    readonly wrong: string,
  ) {
    super(wrong);
  }
}

export const invalidAt = (place: Place, wrong: string): InvalidStanza => new InvalidStanza(place, wrong);

/** Makes one sentence of it. */
export const namingFile = (file: string, { place: { text, at }, wrong }: InvalidStanza): KnownFailure => {
  const before = text.slice(0, at).split('\n');
  return invalidStanza(`${file}, line ${before.length}, column ${before.at(-1)!.length + 1}: ${wrong}; correct it.`);
};

export const invalidStanza = (sentence: string): KnownFailure => new KnownFailure('SealStanzaInvalid', sentence);
