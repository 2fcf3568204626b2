/** What OpenBao says of a seal that it cannot use, in its log before it ends: it has no other way to say it. */
import { KnownFailure } from '../../domain/known-failure.js';
import type { SealStanza } from '../../systems/openbao/seal/stanza/seal-stanza.js';
import { quote } from '../../systems/secrets/scrub.js';

interface Meaning {
  /** As read off 2.7.2. */
  readonly says: RegExp;
  readonly type: string;
  readonly sentence: string;
  readonly retryable?: boolean;
}

/** Transit answers alike for a key that it has not and for one that the token may not use. */
const meanings: readonly Meaning[] = [
  {
    says: /permission denied|invalid token|Code: 403/i,
    type: 'SealTokenRefused',
    sentence:
      "Transit refuses the seal's token: it expired or was revoked, its policy lacks update on encrypt and decrypt of the key, or there is no such key. Give the seal a new one, or correct key_name.",
  },
  {
    says: /encryption key not found|no handler for route|unsupported path/i,
    type: 'SealKeyMissing',
    sentence:
      "Transit has no such mount or key: correct the stanza's mount_path and key_name, or restore the key from a backup of Transit.",
  },
  {
    says: /x509:|tls: failed to verify|tls: handshake/i,
    type: 'OpenBaoCertificateRefused',
    sentence:
      "What answers at the seal's address did not prove that it is the seal's Transit: check the CA and tls_server_name of the stanza.",
  },
  {
    says: /connection refused|connection reset|EOF|no such host|i\/o timeout|Client\.Timeout|deadline exceeded|Vault is sealed|no route to host/i,
    type: 'TransitUnreachable',
    sentence:
      "Transit, which has the seal key, does not answer at the seal's address: check that it runs and is unsealed.",
    retryable: true,
  },
];

/** A room whose OpenBao has ended before it answered. */
export const roomEnded = ({ type }: SealStanza, log: string): KnownFailure => {
  // Its answer from Transit goes over several lines.
  const refusal = /Error configuring seal[^]*/.exec(log)?.[0];
  const said =
    refusal ??
    log
      .split('\n')
      .filter((line) => /error|failed/i.test(line))
      .at(-1) ??
    '';
  const answer = quote(said.replace(/^\S+Z? \[[A-Z]+\]\s*/, ''), { mostCharacters: 300 });
  if (refusal !== undefined) {
    const meaning = type === 'transit' ? meanings.find(({ says }) => says.test(said)) : undefined;
    if (meaning !== undefined) {
      const { sentence, retryable = false } = meaning;
      return new KnownFailure(meaning.type, sentence, { retryable, facts: { answer } });
    }
    if (/unknown wrapper/.test(said)) {
      return new KnownFailure(
        'SealPluginMissing',
        `This OpenBao has the ${type} seal as a plugin, and was given none: name the folder that holds its program.`,
      );
    }
    return new KnownFailure(
      'SealUnusable',
      `OpenBao cannot use this ${type} seal: see its answer, and correct the stanza or its key.`,
      {
        facts: { answer },
      },
    );
  }
  return new KnownFailure('RoomNotStarted', 'OpenBao ended in the room before it answered: see its answer.', {
    facts: { answer },
  });
};
