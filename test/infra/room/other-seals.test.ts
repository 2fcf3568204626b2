import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SealStanza } from '../../../systems/openbao/seal/stanza/seal-stanza.js';
import { open, roomsFolder } from './clusters.js';

const awskms: SealStanza = {
  type: 'awskms',
  attributes: { region: 'eu-central-1', kms_key_id: 'key', endpoint: 'https://127.0.0.1:9' },
};

describe('a seal that this OpenBao has as a plugin', () => {
  it('is refused without its program, in one sentence', async () => {
    await expect(open({ seal: awskms })).rejects.toMatchObject({
      type: 'SealPluginMissing',
      message:
        'This OpenBao has the awskms seal as a plugin, and was given none: name the folder that holds its program.',
    });
  });

  it('is handed to its program, which is started in the room, from the folder that it is shown', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plugins-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    // A stand-in, which speaks no plugin's protocol: OpenBao starts it, waits for its first line, and reports what that is.
    const sealPlugin = join(folder, 'openbao-plugin-kms-aws');
    await writeFile(sealPlugin, '#!/bin/sh\ntouch /dev/started 2>/dev/null; echo "stand-in at $(pwd)"; exit 3\n', {
      mode: 0o755,
    });
    const opened = open({ seal: awskms, pluginFolder: folder, sealPlugin });
    await expect(opened).rejects.toMatchObject({
      type: 'SealUnusable',
      message: expect.stringContaining('stand-in at') as string,
    });
  });
});

describe('a KMIP seal', () => {
  it('is relayed to its endpoint, with its files by their own paths', async () => {
    const folder = await roomsFolder();
    const [ca, certificate, key] = await Promise.all(
      ['ca.pem', 'cert.pem', 'key.pem'].map(async (name) => {
        await writeFile(join(folder, name), 'none');
        return join(folder, name);
      }),
    );
    const seal: SealStanza = {
      type: 'kmip',
      attributes: {
        endpoint: '127.0.0.1:9',
        kms_key_id: 'k',
        ca_cert: ca!,
        client_cert: certificate!,
        client_key: key!,
      },
    };
    // It finds the files, and that there is no certificate in them.
    await expect(open({ seal })).rejects.toMatchObject({
      type: 'SealUnusable',
      message: expect.stringContaining('failed to find any PEM data') as string,
    });
    expect(await readFile(ca!, 'utf8')).toBe('none');
  });
});
