/** Builds the line that answers a waiting drill with Temporal's own CLI, ready to paste into a shell. */
import type { Environment } from '../../../systems/tools/index.js';
import { shellWord } from '../text.js';

export interface SignalMessage {
  readonly name: string;
  readonly input: object;
}

interface SignalCommand {
  /** `host:port` of the Temporal server. */
  readonly address: string;
  readonly namespace: string;
  readonly workflowId: string;
  readonly message: SignalMessage;
  /** The `temporal` program: its name if it is on `PATH`, or else its path. */
  readonly temporal: string;
  /** The environment from which the CLI would take its settings. */
  readonly environment: Environment;
}

const defaults = { address: ['localhost:7233', '127.0.0.1:7233'], namespace: 'default' } as const;

export const signalCommand = (command: SignalCommand): string =>
  [
    shellWord(command.temporal),
    'workflow signal',
    ...serverFlags(command),
    `--workflow-id ${shellWord(command.workflowId)}`,
    `--name ${command.message.name}`,
    `--input ${shellWord(JSON.stringify(command.message.input))}`,
  ].join(' ');

/**
 * The settings that the CLI does not know: flags win over the environment, so an environment that names another server needs
 * them too.
 */
export const serverFlags = ({
  address,
  namespace,
  environment,
}: Pick<SignalCommand, 'address' | 'namespace' | 'environment'>): string[] => {
  const elsewhere = environment['TEMPORAL_ADDRESS'] !== undefined || environment['TEMPORAL_PROFILE'] !== undefined;
  const otherNamespace = environment['TEMPORAL_NAMESPACE'] !== undefined || elsewhere;
  const isDefault = (defaults.address as readonly string[]).includes(address);
  return [
    ...(isDefault && !elsewhere ? [] : [`--address ${shellWord(address)}`]),
    ...(namespace === defaults.namespace && !otherNamespace ? [] : [`--namespace ${shellWord(namespace)}`]),
  ];
};
