/** Looks for a lane's secrets where none may be. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from './lab.js';

/** Every secret the lane made: all its materials but the CA's certificate and the public key, and the private keys. */
export const readLaneSecrets = async (laneFolder: string): Promise<ReadonlyMap<string, string>> => {
  const materials = join(laneFolder, 'materials');
  const secrets = new Map<string, string>();
  for (const name of await readdir(materials)) {
    if (!notSecret.includes(name)) secrets.set(name, (await readFile(join(materials, name), 'utf8')).trim());
  }
  for (const server of ['infra', 'source', 'target']) {
    const key = await readFile(join(laneFolder, `bao-${server}`, 'tls.key'), 'utf8');
    secrets.set(`${server} TLS key`, key.split('\n')[1]!);
  }
  const unsealKey = await readFile(join(laneFolder, 'bao-infra', 'unseal.key'));
  secrets.set('unseal key (base64)', unsealKey.toString('base64'));
  secrets.set('unseal key (hex)', unsealKey.toString('hex'));
  return secrets;
};

/** The materials of a lane of any kind, but for certificates and public keys. */
export const readMaterials = async (laneFolder: string): Promise<ReadonlyMap<string, string>> => {
  const folder = join(laneFolder, 'materials');
  const names = await readdir(folder);
  const values = await Promise.all(names.map(async (name) => (await readFile(join(folder, name), 'utf8')).trim()));
  const isPublic = (value: string): boolean =>
    /BEGIN (CERTIFICATE|PUBLIC KEY)/.test(value) && !value.includes('PRIVATE');
  return new Map(names.map((name, at) => [name, values[at]!] as const).filter(([, value]) => !isPublic(value)));
};

const notSecret = ['ca', 'infra.evidence.public-key'];

/** A history as `temporal workflow show -o json` prints it, with every payload decoded beside its base64 form. */
export const decodeHistory = (json: string): string =>
  json.replaceAll(
    /"data":\s*"([A-Za-z0-9+/=]+)"/g,
    (whole, data: string) => `${whole} ${Buffer.from(data, 'base64').toString('utf8')}`,
  );

export const secretsIn = (text: string, secrets: ReadonlyMap<string, string>): string[] =>
  [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name);

/** Secrets in what stays of a drill once its lane is gone: its history and its report. */
export const secretsInTraces = async (
  lab: Lab,
  workflowId: string,
  drillId: string,
  secrets: ReadonlyMap<string, string>,
): Promise<string[]> => {
  const report = await readTree(join(lab.stateDir, 'reports', drillId));
  if (report === '') throw new Error(`drill ${drillId} left no report to search`);
  return secretsIn(`${decodeHistory(await lab.history(workflowId))}\n${report}`, secrets);
};

/** All text below a folder, for a search. */
export const readTree = async (folder: string): Promise<string> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
};
