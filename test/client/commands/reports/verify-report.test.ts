import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerifiedReport } from '../../../../client/reports/report-verification.js';
import type { DrillReport } from '../../../../domain/report/report.js';
import { exampleReport } from '../../../domain/report/example-report.js';
import { version1Report } from '../../../domain/report/version-1-report.js';
import { createSigningKey, signReport } from '../../reports/signed-report.js';
import { temporaryFolder, type } from '../../test-context.js';

const ours = createSigningKey();
const theirs = createSigningKey();
const report = signReport(ours);
const other = signReport(ours, { drillId: '20260102T040405Z-0000000b', reason: 'another drill' });
const fingerprint = createHash('sha256')
  .update(createPublicKey(ours.publicKey).export({ type: 'spki', format: 'der' }))
  .digest('hex');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let key: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  key = await keep('key.pem', ours.publicKey);
});
afterAll(() => folder[Symbol.asyncDispose]());

const keep = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder.path, name);
  await writeFile(path, content);
  return path;
};

const verifyText = async (content: string | Uint8Array, ...options: readonly string[]) =>
  type(['verify-report', await keep('report.json', content), ...options]);
const verify = (value: unknown, ...options: readonly string[]) =>
  verifyText(`${JSON.stringify(value, undefined, 2)}\n`, ...options);

describe('a report that is as its drill left it', () => {
  it('is verified with the key that signed it', async () => {
    const { exitCode, stdout, stderr } = await verify(report, '--public-key', key);
    expect(stdout).toMatch(/^VERIFIED: /);
    expect(stdout).toContain(`Drill     ${report.drillId} on lane local\n`);
    expect(stdout).toContain('passed: Every check passed; ann@example.com approved the cutover');
    expect(stdout).toContain(fingerprint);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('is verified whatever the order of its members and its white space', async () => {
    const reversed = Object.fromEntries(Object.entries(report).reverse());
    const { exitCode } = await verifyText(JSON.stringify(reversed), '--public-key', key);
    expect(exitCode).toBe(0);
  });

  it('is verified with all the characters there are, and with members that this version does not know', async () => {
    const strange = signReport(ours, { reason: 'ü 😀 \u2028 "\\ \u0007 \ud800', later: { unknown: [1.5, null] } });
    expect((await verify(strange, '--public-key', key)).exitCode).toBe(0);
  });

  it('is refused in a sentence if it is nested without end', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const text = JSON.stringify(report).replace('{', `{"later":${deep},`);
    const { exitCode, stderr } = await verifyText(text, '--public-key', key);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('is nested more than 100 levels deep');
  });

  it('is verified also if its drill failed', async () => {
    const { exitCode, stdout } = await verify(signReport(ours, { result: 'failed' }), '--public-key', key);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Result    failed:');
  });

  it('is not trusted without a key from elsewhere, unless that is enough for whoever asks', async () => {
    const asked = await verify(report);
    expect(asked.exitCode).toBe(1);
    expect(asked.stdout).toMatch(/^NOT TRUSTED: the signature is good, but only by the key in the report itself/);
    expect(asked.stdout).toContain(fingerprint);
    expect((await verify(report, '--allow-embedded-key')).exitCode).toBe(0);
  });

  it('is told as data', async () => {
    const { exitCode, stdout } = await verify(report, '--public-key', key, '--json');
    const { drillId, lane, result, reason, startedAt, endedAt } = report;
    expect(JSON.parse(stdout)).toEqual({
      verified: true,
      trusted: true,
      report: { drillId, lane, result, reason, startedAt, endedAt },
      sha256: report.evidence.sha256,
      key: { fingerprint, name: 'drill-evidence', version: 1 },
    });
    expect(exitCode).toBe(0);
  });

  it('needs no state folder, and makes none', async () => {
    const path = await keep('alone.json', JSON.stringify(report));
    const environment = { OPENBAO_DR_STATE: '/nonexistent/never-made' };
    expect((await type(['verify-report', path, '--public-key', key], { environment })).exitCode).toBe(0);
  });
});

describe('a report is refused', () => {
  const refusal = async (value: unknown, ...options: readonly string[]): Promise<VerifiedReport['refusal']> => {
    const { exitCode, stdout, stderr } = await verify(value, '--json', ...options);
    const verification = JSON.parse(stdout) as VerifiedReport;
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(verification).toMatchObject({ verified: false, trusted: false });
    const text = await verify(value, ...options);
    expect(text.exitCode).toBe(1);
    expect(text.stdout.split('\n')[0]).toBe(`REFUSED: ${verification.refusal?.sentence}`);
    return verification.refusal;
  };

  it.each([
    ['a changed result', { result: 'passed', reason: 'fine' }],
    ['one changed digit', { timing: { ...report.timing, totalSeconds: 41 } }],
    ['another approver', { approvals: [{ ...report.approvals[0]!, approver: 'ann@example.con' }] }],
    ['a member more', { later: true }],
    ['a check less', { checks: report.checks.slice(1) }],
    ['a member of an own name that objects have', JSON.parse('{"__proto__": {"result": "passed"}}') as object],
  ])('for %s', async (_, change) => {
    const changed = Object.create(null) as Record<string, unknown>;
    for (const [name, value] of [...Object.entries(report), ...Object.entries(change)]) {
      Object.defineProperty(changed, name, { value, enumerable: true, configurable: true, writable: true });
    }
    for (const options of [[], ['--allow-embedded-key'], ['--public-key', key]]) {
      expect(await refusal(changed, ...options)).toMatchObject({
        type: 'DigestDiffers',
        sentence: expect.stringMatching(/The contents are not those that were signed/) as unknown,
      });
    }
  });

  it('for changed contents with a digest made anew', async () => {
    const forged = { ...signReport(theirs, { reason: 'forged' }) };
    const evidence = { ...report.evidence, sha256: forged.evidence.sha256 };
    expect(await refusal({ ...forged, evidence }, '--public-key', key)).toMatchObject({ type: 'SignatureInvalid' });
  });

  it("for another report's signature", async () => {
    const evidence = { ...report.evidence, signature: other.evidence.signature };
    expect(await refusal({ ...report, evidence }, '--public-key', key)).toEqual({
      type: 'SignatureInvalid',
      sentence: 'The signature is not one of this key over these contents: it was swapped, or made up.',
    });
  });

  it("for another report's evidence as a whole", async () => {
    expect(await refusal({ ...report, evidence: other.evidence }, '--public-key', key)).toMatchObject({
      type: 'DigestDiffers',
      sentence: expect.stringContaining('this is the signature of another report') as unknown,
    });
  });

  it('for any bit of its signature', async () => {
    const bytes = Buffer.from(report.evidence.signature, 'base64');
    for (const at of [0, 31, 32, 63]) {
      const flipped = Buffer.from(bytes);
      flipped[at] = flipped[at]! ^ 1;
      const evidence = { ...report.evidence, signature: flipped.toString('base64') };
      expect(await refusal({ ...report, evidence }, '--public-key', key)).toMatchObject({ type: 'SignatureInvalid' });
    }
  });

  it('for a good signature by another key than the one given', async () => {
    const refused = await refusal(signReport(theirs), '--public-key', key);
    expect(refused?.type).toBe('OtherKey');
    expect(refused?.sentence).toContain(fingerprint);
  });

  it('for the right key in the report over a signature by another', async () => {
    const forged = signReport(theirs);
    const evidence = { ...forged.evidence, publicKey: ours.publicKey };
    expect(await refusal({ ...forged, evidence }, '--public-key', key)).toMatchObject({ type: 'SignatureInvalid' });
  });

  it.each([
    ['none', 'no key'],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' })],
    ['private', ours.privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ['two keys', `${ours.publicKey}${theirs.publicKey}`],
  ])('for a key in it that is no Ed25519 public key: %s', async (_, publicKey) => {
    const evidence = { ...report.evidence, publicKey };
    expect(await refusal({ ...report, evidence }, '--public-key', key)).toMatchObject({ type: 'KeyUnusable' });
  });

  it('for no signature at all', async () => {
    const { evidence, ...unsigned } = report;
    expect(evidence).toBeDefined();
    expect(await refusal(unsigned, '--allow-embedded-key')).toMatchObject({ type: 'NotSigned' });
  });
});

describe('what is no report, or can be read in two ways, ends with a sentence', () => {
  const text = JSON.stringify(report);
  const invalid = (change: Partial<Record<keyof DrillReport, unknown>>): string =>
    JSON.stringify({ ...report, ...change });

  it.each([
    [
      'a name twice',
      text.replace('"result":"passed"', '"result":"failed","result":"passed"'),
      'has the name "result" twice',
    ],
    ['a name twice, once escaped', text.replace('"lane":', '"l\\u0061ne":"x","lane":'), 'has the name "lane" twice'],
    ['a number written otherwise', text.replace('"totalSeconds":40', '"totalSeconds":40.0'), 'has the number 40.0'],
    ['a byte order mark', `\ufeff${text}`, 'is not valid JSON'],
    ['cut off', text.slice(0, -10), 'is not valid JSON'],
    ['empty', '', 'is not valid JSON'],
    ['another thing', '[]', "is not a drill's report."],
    ['an empty mapping', '{}', "is not a drill's report."],
    ['an unknown result', invalid({ result: 'brilliant' }), "is not a drill's report: result: "],
    ['a later version', invalid({ schemaVersion: 3 }), "is not a drill's report: schemaVersion: "],
    ['version 1', JSON.stringify(version1Report()), 'is a report of version 1, which was never signed'],
    ['more beside the signature', invalid({ evidence: { ...report.evidence, note: 'x' } }), 'evidence: '],
    ['a signature too short', invalid({ evidence: { ...report.evidence, signature: 'AA==' } }), 'evidence.signature: '],
  ])('%s', async (_, content, sentence) => {
    const { exitCode, stdout, stderr } = await verifyText(content, '--public-key', key);
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });

  it('bytes that are not UTF-8', async () => {
    const bytes = Buffer.from(text.replace('Every check passed', 'Every check p?ssed'));
    bytes[bytes.indexOf('p?ssed') + 1] = 0xff;
    const { exitCode, stderr } = await verifyText(bytes);
    expect(stderr).toContain('is not text in UTF-8');
    expect(exitCode).toBe(2);
  });

  it('a file larger than any report, without reading it', async () => {
    const path = await keep('large.json', '');
    await truncate(path, 16 * 1024 * 1024 + 1);
    const { exitCode, stderr } = await type(['verify-report', path]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`The report ${path} is larger than any report: name another file.`);
  });

  it('a file that is not there, or none', async () => {
    const missing = join(folder.path, 'none.json');
    expect((await type(['verify-report', missing])).stderr).toContain(`The report ${missing} does not exist`);
    expect((await type(['verify-report', folder.path])).stderr).toContain('is not a file');
    const answer = await verify(report, '--public-key', missing);
    expect(answer.stderr).toContain(`The public key ${missing} does not exist`);
    expect(answer.exitCode).toBe(2);
  });

  it('a given key that is none, or a private one', async () => {
    for (const content of ['no key', ours.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string]) {
      const { exitCode, stderr } = await verify(report, '--public-key', await keep('wrong.pem', content));
      expect(stderr).toContain('is not one Ed25519 public key in PEM');
      expect(exitCode).toBe(2);
    }
  });

  it('text of the report cannot command the terminal', async () => {
    const { stdout } = await verify(
      signReport(ours, { reason: 'x\u001b[2J\ny', lane: 'l\u009b1m' }),
      '--public-key',
      key,
    );
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('the example without a real key is refused, too', async () => {
    expect((await verify(exampleReport(), '--allow-embedded-key')).exitCode).toBe(1);
  });
});
