/**
 * Names something secret or host-bound (a password, a token, a CA bundle) that only the step that uses it resolves, at the last moment.
 * References may stand in plans, histories, logs and reports; what they name may not.
 *
 * - `lane:<lane>/<name>`: what a lane that this program made keeps.
 * - `env:<NAME>`: a variable of the worker's environment.
 * - `file:/<path>`: a file on the worker's machine.
 * - `openbao:<path>#<field>`: a field of what an OpenBao holds, which the plan or the worker's environment names.
 * - `k8s:<namespace>/<secret>#<key>`: a key of a Secret.
 */
export type SecretRef =
  | `lane:${string}`
  | `env:${string}`
  | `file:${string}`
  | `openbao:${string}#${string}`
  | `k8s:${string}/${string}#${string}`;

export const secretSchemes = ['lane', 'env', 'file', 'openbao', 'k8s'] as const;
export type SecretScheme = (typeof secretSchemes)[number];

const path = String.raw`[\w.@~+:=-]+(?: [\w.@~+:=-]+)*`;

/** The form of each scheme's references, which is narrow so that no secret passes for one. */
const forms: Readonly<Record<SecretScheme, RegExp>> = {
  lane: /^lane:[a-z0-9]+(?:-[a-z0-9]+)*\/[a-z0-9]+(?:[.-][a-z0-9]+)*$/,
  env: /^env:[A-Za-z_][A-Za-z0-9_]*$/,
  file: new RegExp(`^file:(?:/${path})+$`),
  openbao: new RegExp(`^openbao:${path}(?:/${path})*#[\\w.-]+$`),
  k8s: /^k8s:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?#[\w.-]{1,253}$/,
};

export const longestSecretRef = 1_000;

/** Undefined for a text that is no reference. */
export const schemeOf = (text: string): SecretScheme | undefined =>
  text.length > longestSecretRef ? undefined : secretSchemes.find((scheme) => forms[scheme].test(text));

/** All forms as one, for schemas that are published. */
export const secretRefPattern = new RegExp(secretSchemes.map((scheme) => `(?:${forms[scheme].source})`).join('|'));

export const isSecretRef = (text: string): text is SecretRef => schemeOf(text) !== undefined;
