/** The container images of a compose lane, as docker-compose.yml pins them. */
import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { Environment } from '../../../../systems/tools/index.js';
import { composeFile } from './compose-files.js';

export const composeImageParts = ['openbao', 'traefik', 'rustfs'] as const;
export type ComposeImagePart = (typeof composeImageParts)[number];

export interface ComposeImage {
  readonly part: ComposeImagePart;
  /** Repository and tag, as the engine pulls it. */
  readonly image: string;
  /** For people. */
  readonly purpose: string;
  readonly runBy: 'engine';
}

const purposes: Readonly<Record<ComposeImagePart, string>> = {
  openbao: 'infra, source and target',
  traefik: 'the edges',
  rustfs: 'the bucket',
};

const pinned = z.record(z.enum(composeImageParts), z.string());

/** @param environment may name others: `OPENBAO_IMAGE`, `TRAEFIK_IMAGE`, `RUSTFS_IMAGE`. */
export const composeImages = async (environment: Environment): Promise<readonly ComposeImage[]> => {
  const file = parseDocument(await readFile(await composeFile(), 'utf8'));
  // Single values: the whole file has more aliases than the library resolves for a stranger's.
  const images = pinned.parse(
    Object.fromEntries(composeImageParts.map((part) => [part, file.getIn(['x-images', part])])),
  );
  return composeImageParts.map((part) => ({
    part,
    image: substitute(images[part], environment),
    purpose: purposes[part],
    runBy: 'engine',
  }));
};

/** `${VARIABLE:-default}` as Compose reads it: https://docs.docker.com/reference/compose-file/interpolation/ */
const substitute = (text: string, environment: Environment): string =>
  text.replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) => environment[name] || otherwise);
