/** Reads the seal out of a server's configuration file: what a server is really sealed with is said there. */
import { z } from 'zod';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { TransitSealStanza } from '../server-config.js';

const stanza = z.object({
  address: z.string(),
  tls_server_name: z.string(),
  tls_ca_cert: z.string(),
  mount_path: z.string(),
  key_name: z.string(),
});
const configSchema = z.object({ seal: z.tuple([z.object({ transit: stanza })]) });

/**
 * @param text a JSON configuration, as {@link renderServerConfig} writes it.
 * @throws KnownFailure `SealNotReadable`: the configuration has no Transit seal.
 */
export const readSealStanza = (text: string): TransitSealStanza => {
  const parsed = configSchema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    throw new KnownFailure(
      'SealNotReadable',
      'The server is not configured with a Transit seal: the pair cannot share one',
    );
  }
  const { transit } = parsed.data.seal[0];
  return {
    type: 'transit',
    address: transit.address,
    serverName: transit.tls_server_name,
    caFile: transit.tls_ca_cert,
    mountPath: transit.mount_path,
    keyName: transit.key_name,
  };
};
