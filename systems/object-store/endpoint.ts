/** Checks the endpoint of an object store, which must hold no password because failures quote it. */
import { KnownFailure } from '../../domain/known-failure.js';

/** @throws KnownFailure `S3EndpointInvalid`, which does not repeat it. */
export const assertS3Endpoint = (text: string): void => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return;
  throw new KnownFailure(
    'S3EndpointInvalid',
    'The endpoint of the object store is not of the form https://host:port, without a user or a password.',
  );
};
