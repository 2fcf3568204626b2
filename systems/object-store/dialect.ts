/**
 * Remembers which request headers a store refuses. A store cannot be asked: it refuses a header, which is then left out for as
 * long as the store is open. Object Lock wants a checksum with each write; Alibaba's OSS and older Ceph refuse or ignore
 * conditions; others know neither.
 */
import { createHash } from 'node:crypto';
import { answerIn } from './failures.js';

export interface Dialect {
  /** Whether `If-None-Match: *` is sent. */
  condition: boolean;
  /** Whether `Content-MD5` is sent. */
  checksum: boolean;
}

export const fullDialect = (): Dialect => ({ condition: true, checksum: true });

export interface Terms {
  readonly IfNoneMatch?: '*';
  readonly ContentMD5?: string;
}

/**
 * Sends a write with all headers that the store may accept, and again without refused ones; a refusal of the write itself
 * stands.
 */
export const inDialect = async <T>(
  dialect: Dialect,
  { content, conditional }: { readonly content?: Uint8Array; readonly conditional: boolean },
  send: (terms: Terms) => Promise<T>,
): Promise<T> => {
  for (;;) {
    const tried = {
      condition: conditional && dialect.condition,
      checksum: content !== undefined && dialect.checksum,
    };
    const md5 = tried.checksum && content !== undefined ? md5Of(content) : undefined;
    try {
      return await send({
        ...(tried.condition && { IfNoneMatch: '*' as const }),
        ...(md5 !== undefined && { ContentMD5: md5 }),
      });
    } catch (error) {
      const refused = refusedPart(tried, error);
      if (refused === undefined) throw error;
      dialect[refused] = false;
    }
  }
};

/** Undefined if the store does not complain of what was added. */
const refusedPart = (tried: Readonly<Dialect>, error: unknown): keyof Dialect | undefined => {
  const { code, status, sentence = '' } = answerIn((error as Error | undefined)?.cause ?? error);
  const unknown = status === 501 || code === 'NotImplemented';
  // A digest that differs is damage, and a missing header is not one that was refused.
  const refused = unknown || (status === 400 && /^(InvalidRequest|InvalidArgument|UnsupportedArgument)$/.test(code));
  if (!refused) return undefined;
  const ofChecksum = /md5|checksum|digest/i.test(sentence);
  const ofCondition = /none.?match|condition/i.test(sentence);
  if (tried.checksum && ofChecksum) return 'checksum';
  if (tried.condition && (ofCondition || unknown)) return 'condition';
  return tried.checksum && unknown ? 'checksum' : undefined;
};

/** Undefined if the machine's rules forbid MD5, which is no signature here. */
const md5Of = (content: Uint8Array): string | undefined => {
  try {
    return createHash('md5').update(content).digest('base64');
  } catch {
    return undefined;
  }
};
