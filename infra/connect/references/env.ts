import type { Environment } from '../../../systems/tools/index.js';
import { restOf, secretMissing, type SecretSource } from './secret-source.js';

/** `env:NAME`, a variable of the worker's environment as it was when the worker started. */
export const createEnvSource = (environment: Environment): SecretSource => ({
  async read(ref) {
    const value = environment[restOf(ref)];
    if (value !== undefined && value !== '') return value;
    throw secretMissing(
      ref,
      `set the variable in the environment of the worker${value === '' ? ', where it is empty' : ''}`,
    );
  },
});
