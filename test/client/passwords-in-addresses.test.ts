import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createObjectStore } from '../../systems/object-store/client.js';
import { temporaryFolder, type } from './test-context.js';

const password = 'hunter2-hunter2';
const at = `https://ann:${password}@s3.example.com`;
const snapshot = 's3://backups/openbao.snap';

describe('a password in an address', () => {
  it.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    ['--endpoint', ['snapshot', 'inspect', snapshot, '--endpoint', at], {}, 'without a user or a password'],
    ['AWS_ENDPOINT_URL', ['snapshot', 'inspect', snapshot], { AWS_ENDPOINT_URL: at }, 'without a user or a password'],
    [
      'the snapshot',
      ['snapshot', 'inspect', `s3://ann:${password}@backups/x`],
      {},
      'is not of the form s3://bucket/key',
    ],
    [
      '--transit-address, without a user',
      [
        'snapshot',
        'prove',
        snapshot,
        '--transit-address',
        `https://:${password}@bao.example.com`,
        '--transit-key',
        'k',
      ],
      { BAO_TOKEN: 'a-token' },
      'without a user or a password',
    ],
    [
      'TEMPORAL_ADDRESS',
      ['status', 'local'],
      { TEMPORAL_ADDRESS: `ann:${password}@temporal.example.com:7233` },
      'the address with an @ is not of the form host:port',
    ],
  ])('is refused, and not repeated: %s', async (_, args, environment, sentence) => {
    await using folder = await temporaryFolder();
    const { exitCode, stdout, stderr } = await type(args, {
      environment: { OPENBAO_DR_STATE: folder.path, ...environment },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('is refused in a plan', async () => {
    await using folder = await temporaryFolder();
    const plan = `${folder.path}/plan.yaml`;
    await writeFile(plan, `lane: k3d\nk3d: { transitAddress: "${at}" }\n`);
    const { exitCode, stderr } = await type(['up', '--plan', plan], { environment: { OPENBAO_DR_STATE: folder.path } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('"k3d.transitAddress" is not an address like');
    expect(stderr).not.toContain('hunter2');
  });

  it('is refused of every store that is opened, wherever its endpoint comes from', () => {
    const opened = () =>
      createObjectStore({ endpoint: at, region: 'us-east-1', forcePathStyle: true, bucket: 'backups' });
    expect(opened).toThrow('without a user or a password');
    expect(opened).not.toThrow('hunter2');
  });
});
