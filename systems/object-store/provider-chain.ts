/**
 * Credentials that were not named are found as AWS's own programs find them, and that may itself ask a server: what it answers is set apart
 * here from what the object store answers, or a role that may not be taken would pass for a bucket that may not be read.
 */
import type { S3Client } from '@aws-sdk/client-s3';

/** The way to credentials was there, and failed on it. */
export class CredentialsNotGiven extends Error {
  override readonly name = 'CredentialsNotGiven';
}

/** Nothing that the chain looks at says anything: what is asked for then is credentials. */
const nothingFound = ['CredentialsProviderError', 'TokenProviderError'];

export const guardCredentials = (client: S3Client): void => {
  client.middlewareStack.add(
    (next) => async (args) => {
      // Kept by the client, and had anew before they expire.
      await client.config.credentials().catch((error: unknown) => {
        const { name } = (error ?? {}) as { readonly name?: string };
        throw nothingFound.includes(name ?? '') ? error : new CredentialsNotGiven('no credentials', { cause: error });
      });
      return next(args);
    },
    { step: 'initialize', priority: 'high', name: 'guardCredentials' },
  );
};
