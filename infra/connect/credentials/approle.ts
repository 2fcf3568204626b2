import { createHash } from 'node:crypto';
import { textAt } from '../../../domain/fields.js';
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import type { AppRoleCredential } from '../../../domain/pair/credentials.js';
import { isSecretRef } from '../../../domain/pair/secret-ref.js';
import { logInAt, loginRefused, type LoginTools, type LoginWay } from './login-way.js';

/** A worker has this many wrapped secret ids at most that it logs in with again and again. */
const mostKept = 100;

/**
 * A response-wrapped secret id can be unwrapped once, and a run logs in many times: what was unwrapped is kept in the memory of this
 * process, and nowhere else. A worker that is started anew needs a new one.
 */
export const createAppRoleLogin = (): LoginWay<AppRoleCredential> => {
  const unwrapped = new Map<string, Promise<string>>();

  const secretIdOf = async (credential: AppRoleCredential, tools: LoginTools): Promise<string | undefined> => {
    if (credential.secretId === undefined) return undefined;
    const value = await tools.references.read(credential.secretId);
    if (credential.wrapped !== true) return value;
    const name = createHash('sha256').update(value).digest('hex');
    const kept = unwrapped.get(name);
    if (kept !== undefined) return kept;
    // Kept before it is there: two logins at the same time must not unwrap twice, which looks like a theft.
    const secretId = unwrap(credential, tools, value);
    unwrapped.set(name, secretId);
    secretId.catch(() => unwrapped.delete(name));
    const [oldest] = unwrapped.keys();
    if (unwrapped.size > mostKept && oldest !== undefined) unwrapped.delete(oldest);
    return secretId;
  };

  return async (credential, tools) => {
    const { roleId, mountPath = 'approle' } = credential;
    const secretId = await secretIdOf(credential, tools);
    return logInAt(tools, {
      credential,
      path: `auth/${mountPath}/login`,
      body: {
        role_id: isSecretRef(roleId) ? await tools.references.read(roleId) : roleId,
        ...(secretId !== undefined && { secret_id: secretId }),
      },
      refusals: [
        {
          said: /invalid role or secret ID/i,
          sentence:
            'OpenBao does not accept this role id with this secret id: check both, and whether the secret id has expired or was used up.',
        },
        { said: /missing secret_id/, sentence: 'The role asks for a secret id, and the credential has none: add it.' },
        {
          said: /source address .* unauthorized|not in bound/i,
          sentence:
            'OpenBao does not accept this role from the address of this worker: look at the networks it is bound to.',
        },
      ],
    });
  };
};

/** Looks first at what is wrapped: a token that was put in place of the real one is not opened. */
const unwrap = async (
  credential: AppRoleCredential,
  { endpoint, connect }: LoginTools,
  wrappingToken: string,
): Promise<string> => {
  const wrapped = connect(endpoint).useToken(wrappingToken);
  try {
    const found = await wrapped.write('sys/wrapping/lookup', { token: wrappingToken });
    assertSecretId(credential, textAt(found, 'creation_path'));
    const secretId = textAt(await wrapped.write('sys/wrapping/unwrap', {}), 'secret_id');
    if (secretId !== undefined) return secretId;
  } catch (error) {
    if (!isKnownFailure(error, 'OpenBaoRequestFailed')) throw error;
    throw loginRefused(
      endpoint,
      credential,
      'The wrapping token of the secret id was used before, or has expired: have a new one issued, and find out who used this one if no program of yours did.',
    );
  }
  throw notWrapped(credential);
};

const assertSecretId = ({ mountPath = 'approle', ...credential }: AppRoleCredential, path = ''): void => {
  const [, mount] = /(?:^|\/)auth\/(.+)\/role\/[^/]+\/secret-id$/.exec(path) ?? [];
  if (mount !== mountPath) throw notWrapped(credential);
};

const notWrapped = ({ secretId }: Pick<AppRoleCredential, 'secretId'>): KnownFailure =>
  new KnownFailure(
    'SecretUnusable',
    `The wrapping token that the reference ${secretId ?? ''} names holds no secret id of this AppRole login: have one issued, and find out who put this one there.`,
  );
