/** Names of container images, as Docker and Kubernetes read them. */

export interface ImageName {
  /** Registry and path, written out: `docker.io/library/traefik`. */
  readonly repository: string;
  /** `:tag`, `@digest`, both or none of them. */
  readonly version: string;
}

const host = String.raw`[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?`;
const folder = String.raw`[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*`;
const version = String.raw`(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@[a-z0-9+._-]+:[0-9a-f]{32,128})?`;
const pattern = new RegExp(`^(?:(${host})/)?(${folder}(?:/${folder})*)(${version})$`);

/**
 * Undefined if it is none. The first folder is a registry if it could be a host: with a dot or a port, or `localhost`.
 *
 * @see https://github.com/distribution/reference/blob/main/reference.go
 */
export const parseImageName = (text: string): ImageName | undefined => {
  const [, first, rest = '', ofVersion = ''] = pattern.exec(text) ?? [];
  if (rest === '') return undefined;
  const isHost = first !== undefined && (/[.:]/.test(first) || first === 'localhost');
  if (isHost && first !== 'docker.io') return { repository: `${first}/${rest}`, version: ofVersion };
  const path = first === undefined || isHost ? rest : `${first}/${rest}`;
  return { repository: `docker.io/${path.includes('/') ? path : `library/${path}`}`, version: ofVersion };
};
