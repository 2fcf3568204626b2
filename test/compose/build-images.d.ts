export interface Programs {
  readonly bao: string;
  readonly traefik: string;
  readonly temporal: string;
  readonly weed: string;
  readonly rustfs?: string;
}
export const workerImage: string;
/** Builds every image that is not there yet; the worker's always. Answers what serves S3 under RustFS's name. */
export const buildImages: (
  programs: Programs,
  options: { environment: NodeJS.ProcessEnv; docker?: string; tell?: (line: string) => void },
) => 'rustfs' | 'weed';
