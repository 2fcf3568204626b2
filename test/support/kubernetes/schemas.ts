/**
 * The schemas of Kubernetes 1.34 and of Gateway API 1.5.1, as they were published, with unknown fields forbidden: what a server would refuse
 * shows without a server. They are fetched once, from an index of Python packages and a proxy of Go modules, and kept.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import Ajv2020 from 'ajv/dist/2020.js';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { fromBufferPromise } from 'yauzl';
import { objectsAt, textAt, valueAt } from '../../../domain/fields.js';
import type { KubernetesObject } from '../../../systems/kubernetes/cluster.js';
import { defaultCacheFolder } from '../../../systems/tools/index.js';

/** Its wheel has the definitions of many versions, taken from each server's own OpenAPI. */
const core = {
  package: 'kubernetes-validate==1.37.0',
  sha256: '85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9',
  member: 'kubernetes_validate/kubernetes-json-schema/v1.34.0-local-strict/_definitions.json',
} as const;

const gateway = {
  path: 'sigs.k8s.io/gateway-api/@v/v1.5.1.zip',
  sha256: '474ff932fcac6660b4dd3ac361917b2ac2cdbb10f7e815028158c4e5c4de87ae',
  members: /\/config\/crd\/standard\/gateway\.networking\.k8s\.io_\w+\.yaml$/,
} as const;

export interface KubernetesSchemas {
  /** Whether an object of this API version and kind can be judged. */
  knows(object: KubernetesObject): boolean;
  /** What is wrong with it; nothing for an object that a server would take. */
  complaintsAbout(object: KubernetesObject): readonly string[];
}

/** The schemas, or in one sentence why they cannot be had. */
export const loadKubernetesSchemas = async (): Promise<KubernetesSchemas | string> => {
  const cache = defaultCacheFolder(process.env, homedir());
  let archives: readonly [Buffer, Buffer];
  try {
    archives = await Promise.all([
      keep(cache, core.sha256, downloadWheel),
      keep(cache, gateway.sha256, downloadModule),
    ]);
  } catch (error) {
    return `the schemas cannot be had (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
  }
  const [wheel, module] = archives;
  const [definitions] = await membersOf(wheel, (name) => name === core.member);
  const resources = await membersOf(module, (name) => gateway.members.test(name));
  return compile(
    JSON.parse(definitions!) as Definitions,
    resources.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as unknown)),
  );
};

const downloadWheel = async (folder: string): Promise<Buffer> => {
  const args = ['--quiet', '--no-deps', '--only-binary=:all:', '--dest', folder, core.package];
  await execa('python3', ['-m', 'pip', 'download', '--disable-pip-version-check', ...args]);
  const [file] = await readdir(folder);
  return readFile(join(folder, file!));
};

const downloadModule = async (): Promise<Buffer> => {
  const [proxy] = (process.env['GOPROXY'] ?? '').split(/[,|]/).filter((entry) => entry.startsWith('https://'));
  const answer = await fetch(`${proxy ?? 'https://proxy.golang.org'}/${gateway.path}`);
  if (!answer.ok) throw new Error(`the proxy of Go modules answers ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
};

/** Keeps a file under its hash, which is checked. */
const keep = async (cache: string, sha256: string, download: (folder: string) => Promise<Buffer>): Promise<Buffer> => {
  const kept = join(cache, `schemas-${sha256}.zip`);
  const found = await readFile(kept).catch(() => undefined);
  if (found !== undefined && hashOf(found) === sha256) return found;
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(cache, '.schemas-'));
  try {
    const content = await download(folder);
    if (hashOf(content) !== sha256) throw new Error('what was downloaded is not what is pinned');
    const staged = join(folder, 'staged');
    await writeFile(staged, content);
    await rename(staged, kept);
    return content;
  } finally {
    await rm(folder, { recursive: true });
  }
};

const hashOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

const membersOf = async (archive: Buffer, wanted: (name: string) => boolean): Promise<readonly string[]> => {
  const zip = await fromBufferPromise(archive, { lazyEntries: true });
  const found: string[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      if (wanted(entry.fileName)) found.push((await buffer(await zip.openReadStreamPromise(entry))).toString('utf8'));
    }
  } finally {
    zip.close();
  }
  if (found.length === 0) throw new Error('the archive does not hold the schemas');
  return found;
};

interface Definitions {
  readonly $id: string;
  readonly $defs: Readonly<Record<string, unknown>>;
}

const compile = (definitions: Definitions, resources: readonly unknown[]): KubernetesSchemas => {
  // Keywords of OpenAPI are in there, and formats such as int32.
  const ajv = new Ajv2020.default({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(definitions);
  const schemas = new Map<string, object>();
  for (const [name, definition] of Object.entries(definitions.$defs)) {
    for (const kind of objectsAt(definition, 'x-kubernetes-group-version-kind')) {
      const id = [textAt(kind, 'group'), textAt(kind, 'version')].filter(Boolean).join('/');
      schemas.set(`${id} ${textAt(kind, 'kind')}`, { $ref: `${definitions.$id}#/$defs/${name}` });
    }
  }
  for (const resource of resources) {
    for (const version of objectsAt(resource, 'spec', 'versions')) {
      if (valueAt(version, 'served') !== true) continue;
      const id = `${textAt(resource, 'spec', 'group')}/${textAt(version, 'name')}`;
      const schema = closed(valueAt(version, 'schema', 'openAPIV3Schema')) as object;
      schemas.set(`${id} ${textAt(resource, 'spec', 'names', 'kind')}`, schema);
    }
  }
  const schemaOf = ({ apiVersion, kind }: KubernetesObject) => schemas.get(`${apiVersion} ${kind}`);
  return {
    knows: (object) => schemaOf(object) !== undefined,
    complaintsAbout: (object) => {
      const validate = ajv.compile(schemaOf(object)!);
      validate(object);
      return (validate.errors ?? []).map(
        ({ instancePath, message = '', params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
      );
    },
  };
};

/** A server drops fields that a resource's schema does not name. Alternatives repeat some of them, and stay open. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([member, value]) => [member, alternatives.has(member) ? value : closed(value)]),
  );
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...inner, additionalProperties: false }
    : inner;
};

const alternatives = new Set(['oneOf', 'anyOf', 'allOf', 'not']);
