/** How the report can be proved. */
import type { DrillReport } from '../report.js';
import { whyAbsent } from '../report-facts.js';
import { missing, pairs, paragraph, part, preformatted, type Section } from './blocks.js';
import { verifyCommand } from './head.js';
import { code, said } from './text.js';

/** @param keyFingerprint SHA-256 of the key's SPKI in DER, hex; shown so that it can be compared with a trusted one. */
export const saySignature = (report: DrillReport, keyFingerprint: string | undefined): Section => {
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
        ['SHA-256 of the report', code(evidence.sha256)],
        ['Signature (Ed25519, base64)', code(evidence.signature)],
        ['Key', said(`${evidence.keyName}, version ${evidence.keyVersion}`)],
        ...(keyFingerprint === undefined
          ? []
          : [['Fingerprint of the public key (SHA-256)', code(keyFingerprint)] as const]),
      ]),
      part('Public key, as the report holds it', [preformatted(evidence.publicKey.trim())], {
        fold: 'closed',
        onlyPage: true,
      }),
      paragraph(
        'Only report.json is signed; this page is not. Verify report.json with a public key that you have from elsewhere: the ' +
          'one in the report proves nothing by itself.',
      ),
      preformatted(verifyCommand),
    ],
  };
};
