import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { signalCommand } from '../../../../client/views/run/signal-command.js';

const usual = {
  address: '127.0.0.1:7233',
  namespace: 'default',
  workflowId: 'dr-drill/local',
  message: { name: 'approveCutover', input: { approver: 'ann' } },
  temporal: 'temporal',
  environment: {},
};

describe('signalCommand', () => {
  it("is short where Temporal's CLI finds everything by itself", () => {
    expect(signalCommand(usual)).toBe(
      `temporal workflow signal --workflow-id dr-drill/local --name approveCutover --input '{"approver":"ann"}'`,
    );
  });

  it('names a server and a namespace that are not the usual ones', () => {
    const line = signalCommand({ ...usual, address: '127.0.0.1:20001', namespace: 'dr' });
    expect(line).toContain(' --address 127.0.0.1:20001 --namespace dr ');
  });

  it('names the usual server, too, where the environment would lead the CLI to another', () => {
    const environment = { TEMPORAL_ADDRESS: 'elsewhere:7233' };
    expect(signalCommand({ ...usual, environment })).toContain(' --address 127.0.0.1:7233 --namespace default ');
    expect(signalCommand({ ...usual, environment: { TEMPORAL_NAMESPACE: 'x' } })).toContain(' --namespace default ');
  });

  it('is read back by a shell as it was meant', async () => {
    const approver = `Ann "O'Neil" $(id) \`id\` \\`;
    const line = signalCommand({
      ...usual,
      temporal: '/opt/my tools/temporal',
      message: { name: 'x', input: { approver } },
    });
    const { stdout } = await promisify(execFile)('sh', ['-c', `printf '%s\\n' ${line}`]);
    const words = stdout.trimEnd().split('\n');
    expect(words[0]).toBe('/opt/my tools/temporal');
    expect(JSON.parse(words.at(-1)!)).toEqual({ approver });
  });
});
