import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../domain/json/canonical-json.js';
import { publicKeyFingerprint, readEvidencePublicKey, signEvidence } from '../../systems/openbao/api/evidence-key.js';
import { type } from '../client/test-context.js';
import { passedSourceLoss } from '../domain/report/source-loss-reports.js';
import { startOpenBaoServer, type TestOpenBaoServer } from '../support/servers/openbao-server.js';
import { toolPath } from '../support/tools.js';

const page = await readFile(new URL('../../docs/evidence.md', import.meta.url), 'utf8');
/** The page's commands, without the indent of lists. */
const blocks = [...page.matchAll(/^( *)```sh\n(.*?)^\1```$/gms)].map(([, indent = '', body = '']) =>
  body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
);
const block = (part: string): string => {
  const found = blocks.filter((text) => text.includes(part));
  expect(found).toHaveLength(1);
  return found[0]!;
};

const evidenceKey = { mountPath: 'transit', keyName: 'drill-evidence' };

describe('the page on evidence', () => {
  let infra: TestOpenBaoServer;
  let folder: string;
  let publicKey: string;

  const run = (script: string) =>
    execa('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder,
      reject: false,
      // A pipe to a bash that thinks itself logged in from afar has it read the machine's bashrc.
      stdin: 'ignore',
      env: {
        PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`,
        BAO_ADDR: infra.endpoint.address,
        BAO_TLS_SERVER_NAME: infra.endpoint.serverName,
        BAO_CACERT: join(folder, 'ca.pem'),
        BAO_TOKEN: infra.rootToken,
      },
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openbao-dr-evidence-page-'));
    infra = await startOpenBaoServer('infra');
    await mkdir(join(folder, 'bin'));
    await symlink(toolPath('bao'), join(folder, 'bin', 'bao'));
    await writeFile(join(folder, 'ca.pem'), infra.endpoint.caPem);
    await infra.root.write('sys/mounts/transit', { type: 'transit' });
    await infra.root.write('transit/keys/drill-evidence', { type: 'ed25519' });
    publicKey = await readEvidencePublicKey(infra.root, evidenceKey);

    const { evidence, ...contents } = passedSourceLoss({
      reason: 'Every check passed; "ü", 😀, \u2028 and \u0007 approved',
    });
    const canonical = Buffer.from(canonicalJson(contents));
    const signed = await signEvidence(infra.root, evidenceKey, canonical);
    const report = { ...contents, evidence: { ...evidence, ...signed, publicKey } };
    await writeFile(join(folder, 'report.json'), JSON.stringify(report, undefined, 2));
    await writeFile(join(folder, 'expected.json'), canonical);
  });
  afterAll(async () => {
    await infra[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('gets the public key from Transit, and its fingerprint', async () => {
    const made = await run(block('bao read'));
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readFile(join(folder, 'KEY.pem'), 'utf8')).toBe(publicKey);
    const { stdout } = await run(block('sha256sum'));
    expect(stdout.split(' ')[0]).toBe(publicKeyFingerprint(publicKey));
  });

  it.each(['python3', 'jq -cjS'])('verifies a report without this program, with %s', async (program) => {
    await writeFile(join(folder, 'KEY.pem'), publicKey);
    const script = block(program);
    const { exitCode, stdout } = await run(script);
    expect(stdout).toBe('Signature Verified Successfully');
    expect(exitCode).toBe(0);
    expect(await readFile(join(folder, 'canonical.json'))).toEqual(await readFile(join(folder, 'expected.json')));

    const text = await readFile(join(folder, 'report.json'), 'utf8');
    try {
      await writeFile(join(folder, 'report.json'), text.replace('"lostWrites": 2', '"lostWrites": 0'));
      expect((await run(script)).exitCode).not.toBe(0);
    } finally {
      await writeFile(join(folder, 'report.json'), text);
    }
  });

  it('refuses with Python a name that stands twice', async () => {
    const text = await readFile(join(folder, 'report.json'), 'utf8');
    try {
      await writeFile(join(folder, 'report.json'), text.replace('{', '{"result": "failed",'));
      const { exitCode, stderr } = await run(block('python3'));
      expect(stderr).toBe('a name stands twice in one object');
      expect(exitCode).not.toBe(0);
    } finally {
      await writeFile(join(folder, 'report.json'), text);
    }
  });

  it('names a command that is as it says', async () => {
    const { stdout } = await type(['verify-report', '--help']);
    for (const option of ['--public-key', '--allow-embedded-key', '--json']) {
      expect(stdout).toContain(option);
      expect(page).toContain(option);
    }
    expect(block('verify-report')).toBe('openbao-dr verify-report report.json --public-key KEY.pem\n');
  });
});
