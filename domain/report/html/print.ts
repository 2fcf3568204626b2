/** Prints the edges of every page, so that a loose page shows its report. */

/** @param sha256 the digest of the report behind the page; undefined if the report is not signed. */
export const pageHeader = (title: string, sha256: string | undefined): string => `
@page{margin:16mm 13mm 15mm;
@top-left{content:${cssString(title)};font:8.5pt system-ui,sans-serif;color:#444}
@top-right{content:"Page " counter(page) " of " counter(pages);font:8.5pt system-ui,sans-serif;color:#444}
@bottom-left{content:${cssString(sha256 === undefined ? 'Not signed' : `SHA-256 of the report: ${sha256}`)};font:7.5pt ui-monospace,monospace;color:#444}}
`;

/** Quotes any text as a CSS string that cannot end itself or the style sheet. */
export const cssString = (text: string): string =>
  `"${text.replaceAll(/[^A-Za-z0-9 .,:_-]/gu, (character) => `\\${character.codePointAt(0)!.toString(16)} `)}"`;
