/** A drill's report as one HTML file: no script, nothing from the network, to be read, printed, mailed and archived. */
import type { DrillReport } from '../report.js';
import type { Section } from '../sections/blocks.js';
import { type ReportText, type SectionsOptions, sectionsOf } from '../sections/sections.js';
import { renderBlock } from './blocks.js';
import { type Markup, markup, trusted } from './markup.js';
import { pageHeader } from './print.js';
import { style } from './style.js';

/** Renders `report.html`. Text of people and servers stays text, and never becomes markup. */
export const renderReportHtml = (report: DrillReport, options: SectionsOptions = {}): string => {
  const text = sectionsOf(report, options);
  const page: Markup = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Drill ${report.drillId}: ${report.result}</title>
<style>${trusted(style)}${trusted(pageHeader(`Drill ${report.drillId}: ${report.result}`, report.evidence?.sha256))}</style>
</head>
<body>
<main>
${renderHead(text)}${renderContents(text.sections)}${text.sections.map(renderSection)}<footer>Made by openbao-dr ${
    report.versions.openbaoDr
  } from report.json of drill ${report.drillId}.</footer>
</main>
</body>
</html>
`;
  return page.html;
};

const renderHead = ({ result, verdict, scenario, head }: ReportText): Markup =>
  markup`<header class="result ${result}"><p class="kicker">${scenario}</p>
<h1>${verdict}</h1>${head.map((block) => renderBlock(block))}</header>\n`;

const renderContents = (sections: readonly Section[]): Markup =>
  markup`<nav class="contents" aria-label="Contents"><ol>${sections.map(
    ({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`,
  )}</ol></nav>\n`;

const renderSection = ({ id, title, blocks }: Section): Markup =>
  markup`<section id="${id}"><h2>${title}</h2>${blocks.map((block) => renderBlock(block))}</section>\n`;
