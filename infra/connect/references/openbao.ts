import { fieldsAt, textAt, valueAt } from '../../../domain/fields.js';
import { isKnownFailure } from '../../../domain/known-failure.js';
import type { SecretRef } from '../../../domain/pair/secret-ref.js';
import type { OpenBaoData, OpenBaoSession } from '../../../systems/openbao/api/client.js';
import {
  fieldOf,
  mostSecretBytes,
  secretMissing,
  secretNotReadable,
  type SecretSource,
  secretUnusable,
} from './secret-source.js';

/** Opens the OpenBao that holds the secrets, for one question; undefined if none is named. */
export type OpenSecretStore = <T>(ask: (session: OpenBaoSession) => Promise<T>) => Promise<T>;

/**
 * `openbao:path#field`, with the path as `bao kv get` takes it: of a KV engine in version 2 the `data/` behind its mount is put in, unless
 * it stands there. Of any other engine the path is read as it is.
 */
export const createOpenBaoSource = (openStore: OpenSecretStore): SecretSource => ({
  async read(ref) {
    const { path, field } = fieldOf(ref);
    return openStore(async (session) => {
      const data = await dataAt(session, ref, path);
      if (data === undefined) throw secretMissing(ref, 'OpenBao has nothing under this path');
      return fieldIn(ref, data, field);
    });
  },
});

const dataAt = async (session: OpenBaoSession, ref: SecretRef, path: string): Promise<OpenBaoData | undefined> => {
  const mount = await mountOf(session, ref, path);
  const asIs = mount === undefined || path.startsWith(`${mount}data/`);
  return dataOf(mount, await readAllowed(session, ref, asIs ? path : `${mount}data/${path.slice(mount.length)}`));
};

/** The mount of a KV engine in version 2, with a slash at its end; undefined for any other engine. */
const mountOf = async (session: OpenBaoSession, ref: SecretRef, path: string): Promise<string | undefined> => {
  const found = await readAllowed(session, ref, `sys/internal/ui/mounts/${path}`);
  return textAt(found, 'options', 'version') === '2' ? textAt(found, 'path') : undefined;
};

const readAllowed = async (session: OpenBaoSession, ref: SecretRef, path: string): Promise<OpenBaoData | undefined> => {
  try {
    return await session.read(path);
  } catch (error) {
    if (!isKnownFailure(error, 'PermissionDenied')) throw error;
    throw secretNotReadable(
      ref,
      'OpenBao has no such path, or its login may not read it; give its policy the capability read there',
      error,
    );
  }
};

/** Of version 2, the values are one level below, and a deleted version has none. */
const dataOf = (mount: string | undefined, data: OpenBaoData | undefined): OpenBaoData | undefined =>
  mount === undefined || data === undefined || valueAt(data, 'data') === null ? data : fieldsAt(data, 'data');

const fieldIn = (ref: SecretRef, data: OpenBaoData, field: string): string => {
  const value = data[field];
  if (value === undefined || value === null) {
    throw secretMissing(ref, `the secret has other fields than ${field}, or its version was deleted`);
  }
  if (typeof value !== 'string' || value.trim() === '') throw secretUnusable(ref, 'the field is not text, or is empty');
  if (Buffer.byteLength(value) > mostSecretBytes) throw secretUnusable(ref, 'the field is too large');
  return value;
};
