/** Shows the signature. The digest, the key's fingerprint and the verifying command are at the top of the report. */
import type { DrillReport } from '../report.js';
import { whyAbsent } from '../report-facts.js';
import { missing, pairs, paragraph, part, preformatted, type Section } from './blocks.js';
import { code, said } from './text.js';

export const saySignature = (report: DrillReport): Section => {
  const { evidence } = report;
  const section = { id: 'signature', title: 'Signature' };
  if (evidence === undefined) {
    const why = whyAbsent(report, 'signature', 'evidence');
    return {
      ...section,
      blocks: [missing(['This report is not signed: ', said(why), '. Anyone who holds it can have changed it.'])],
    };
  }
  return {
    ...section,
    blocks: [
      pairs([
        ['Signature (Ed25519, base64)', code(evidence.signature)],
        ['Key', said(`${evidence.keyName}, version ${evidence.keyVersion}`)],
      ]),
      part('Public key, as the report holds it', [preformatted(evidence.publicKey.trim())], {
        fold: 'closed',
        onlyPage: true,
      }),
      paragraph(
        'Only report.json is signed; this page is not. Verify report.json with a public key that you have from elsewhere: the ' +
          'one in the report proves nothing by itself.',
      ),
    ],
  };
};
