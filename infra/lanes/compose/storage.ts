/** The lane's bucket: RustFS in a container. */
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { materialRef } from '../made/lane-materials.js';
import { ensureBucket } from '../made/processes/storage.js';
import { type ComposeLaneContext, ensureServiceFolder } from './lane-context.js';

/** @throws KnownFailure `ServerNotReady` (a retry may help): it does not serve in time. */
export const ensureStorage = async (context: ComposeLaneContext): Promise<void> => {
  const { lane, paths, containers, reach, materials, signal } = context;
  await ensureServiceFolder(context, paths.storage.data);
  await containers.start(['storage'], signal);
  const owner = {
    accessKeyId: await materials.read(materialRef(lane, 'bucketOwnerKey')),
    secretAccessKey: await materials.read(materialRef(lane, 'bucketOwnerSecret')),
  };
  /** It answers before it can be used: what may help is another try. */
  const made = async (): Promise<true | undefined> => {
    try {
      await ensureBucket(reach.storage, owner);
      return true;
    } catch (error) {
      if (isKnownFailure(error) && error.retryable) return undefined;
      throw error;
    }
  };
  try {
    await waitUntil(made, {
      what: 'the bucket',
      timeoutMs: 60_000,
      intervalMs: 250,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!isKnownFailure(error, 'TimedOut')) throw error;
    throw new KnownFailure(
      'ServerNotReady',
      'The container storage does not serve: its log says why ("docker compose logs storage")',
      { retryable: true, cause: error },
    );
  }
};
