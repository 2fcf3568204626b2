/**
 * A small played S3, for what no real server that runs here does: answers word for word as AWS and others document them, and as
 * users report them. What a real server can show is shown on a real one (`s3-server.ts`).
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface PlayedRequest {
  readonly method: string;
  /** The path behind the bucket: a key, or ''. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Answers a request itself, or leaves it to the plain bucket. */
export type Rule = (request: PlayedRequest, response: ServerResponse) => boolean | void;

export interface PlayedS3 extends AsyncDisposable {
  readonly endpoint: string;
  readonly requests: readonly PlayedRequest[];
}

/** As AWS writes an error; to HEAD without its body. */
export const refuse = (
  { method }: PlayedRequest,
  response: ServerResponse,
  [status, code, message, more = '']: readonly [status: number, code: string, message: string, more?: string],
): true => {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>R</RequestId></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' }).end(method === 'HEAD' ? undefined : body);
  return true;
};

/** Serves one bucket in memory. It honours conditions and digests; versions are kept if asked for. */
export const playS3 = async (rule: Rule = () => false, versions = false): Promise<PlayedS3> => {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const requests: PlayedRequest[] = [];
  let count = 0;
  const etag = (content: Buffer) => `"${createHash('md5').update(content).digest('hex')}"`;
  const store = (key: string, content: Buffer): Record<string, string> => {
    objects.set(key, content);
    if (!versions) return { etag: etag(content) };
    const versionId = `version-${(count += 1)}`;
    objects.set(`${key}?${versionId}`, content);
    return { etag: etag(content), 'x-amz-version-id': versionId };
  };

  const plain = (request: PlayedRequest, response: ServerResponse): void => {
    const { method, key, query, headers, body } = request;
    const xml = (text: string, more: Record<string, string> = {}) =>
      void response.writeHead(200, { 'content-type': 'application/xml', ...more }).end(`<?xml version="1.0"?>${text}`);
    const taken = headers['if-none-match'] === '*' && objects.has(key);
    if (key === '' && method === 'GET' && query.has('uploads'))
      return xml('<ListMultipartUploadsResult></ListMultipartUploadsResult>');
    if (key === '' && method === 'GET') {
      const listed = [...objects.keys()].filter(
        (name) => name.startsWith(query.get('prefix') ?? '') && !name.includes('?'),
      );
      const contents = listed
        .sort()
        .map((name) => `<Contents><Key>${name}</Key><Size>${objects.get(name)!.length}</Size></Contents>`);
      return xml(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`);
    }
    if (key === '') return void response.writeHead(200).end();
    if (method === 'POST' && query.has('uploads')) {
      uploads.set(`u${(count += 1)}`, new Map());
      return xml(`<InitiateMultipartUploadResult><UploadId>u${count}</UploadId></InitiateMultipartUploadResult>`);
    }
    const upload = uploads.get(query.get('uploadId') ?? '');
    if (method === 'PUT' && upload !== undefined) {
      upload.set(Number(query.get('partNumber')), body);
      return void response.writeHead(200, { etag: etag(body) }).end();
    }
    if (taken)
      return void refuse(request, response, [
        412,
        'PreconditionFailed',
        'At least one of the pre-conditions you specified did not hold',
      ]);
    if (method === 'POST' && upload !== undefined) {
      const content = Buffer.concat([...upload].sort(([a], [b]) => a - b).map(([, part]) => part));
      return xml('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>', store(key, content));
    }
    if (method === 'PUT') return void response.writeHead(200, store(key, body)).end();
    if (method === 'DELETE') {
      objects.delete(key);
      return void response.writeHead(204).end();
    }
    const versionId = query.get('versionId');
    const content = objects.get(versionId === null ? key : `${key}?${versionId}`);
    if (content === undefined)
      return void refuse(request, response, [404, 'NoSuchKey', 'The specified key does not exist.']);
    response.writeHead(200, { etag: etag(content), 'content-length': content.length });
    response.end(method === 'HEAD' ? undefined : content);
  };

  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(message.url ?? '/', 'http://played');
    const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
    const request = {
      method: message.method ?? '',
      key,
      query: searchParams,
      headers: message.headers,
      body: await buffer(message),
    };
    requests.push(request);
    if (rule(request, response) !== true) plain(request, response);
  };
  const server = createServer((message, response) => void answer(message, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
