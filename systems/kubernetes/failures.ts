/**
 * Turns kubectl's standard error into failures with stable types. It has no other source, because kubectl's exit code is always
 * 1. Texts are those of kubectl 1.33 to 1.37 and of the API server; see the tests for whole ones.
 */
import { type Facts, isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { withoutSecrets } from './secrets.js';
import { describeMs } from '../../domain/units.js';

/** The request that kubectl failed at. */
export interface Attempt {
  readonly context: string;
  /** `get`, `apply`, … */
  readonly action: string;
  /** `deployments.apps/traefik`, if the request was about one object. */
  readonly object?: string;
  readonly namespace?: string | undefined;
  /** Never repeated. */
  readonly secrets?: readonly string[];
}

/** The longest quote of the server, in characters: a refusal by a policy can be a long sentence. */
const quoteLimit = 400;

/** Lines of kubectl's own log, and warnings of the server that keep nothing from being done. */
const noise = /^(?:[IWEF]\d{4} .*|Warning: .*|Unable to use a TTY.*)$/gm;

/** The beginning of a statement: kubectl prints one for each failed object. */
const statementStart =
  /^(?:error: |Error from server|Error in |Error: |The .* is invalid: |Unable to connect|The connection to )/;

/** The first statement of several, in one line. */
const firstStatement = (stderr: string): { text: string; more: number } => {
  const lines = stderr.replace(noise, '').split('\n');
  const statements: string[] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    if (statements.length === 0 || statementStart.test(line)) statements.push(line);
    else statements.push(`${statements.pop()} ${line}`);
  }
  const [first = '', ...others] = statements;
  return { text: first.replace(/\s+/g, ' ').trim(), more: others.length };
};

/** Values that the server refused are repeated only where they are short, and never where any could be secret. */
const withoutValues = (text: string, secretive: boolean): string =>
  text.replace(/Invalid value: ("(?:[^"\\]|\\.)*"|\{.*?\}(?=:))/g, (whole, value: string) =>
    secretive || value.length > 60 ? 'Invalid value: …' : whole,
  );

const shorten = (text: string): string => (text.length > quoteLimit ? `${text.slice(0, quoteLimit - 1)}…` : text);

interface Verdict {
  readonly type: string;
  readonly sentence: string;
  readonly retryable?: boolean;
  readonly facts?: Facts;
}

type Rule = (text: string) => Verdict | undefined;

/** A rule with a fixed sentence, after which the server is quoted. */
const when =
  (pattern: RegExp, type: string, sentence: string, retryable = false): Rule =>
  (text) =>
    pattern.test(text) ? { type, sentence: `${sentence}: ${spoken(text)}`, retryable } : undefined;

/** Without kubectl's `Error from server (Reason): error when creating "STDIN": `. */
const spoken = (text: string): string =>
  text
    .replace(/^(?:error|error in configuration): /i, '')
    .replace(/^error from server(?: \(\w+\))?: /i, '')
    .replace(/^error (?:when \w+|validating) "STDIN": /, '')
    .replace(/; if you choose to ignore these errors, turn validation off .*$/, '')
    .replace(/ from "STDIN"/, '');

const admission: Rule = (text) => {
  const webhook = /admission webhook "([^"]+)" denied the request(?: without explanation)?:? ?(.*)/s.exec(text);
  if (webhook) return refused(`webhook ${webhook[1]}`, webhook[2] || 'no reason was given');
  const policy = /ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: (.*)/s.exec(text);
  if (policy) return refused(`policy ${policy[1]}`, policy[2] ?? '');
  const podSecurity = /violates PodSecurity "([^"]+)": (.*)/s.exec(text);
  if (podSecurity) return refused(`pod security ${podSecurity[1]}`, podSecurity[2] ?? '');
  const limits = /is forbidden: \[?((?:maximum|minimum) .* per .*)/s.exec(text);
  return limits ? refused('limit range', limits[1] ?? '') : undefined;
};

const refused = (by: string, reason: string): Verdict => ({
  type: 'AdmissionRefused',
  sentence: `Admission of Kubernetes refused it: ${reason}`,
  facts: { by },
});

const forbidden: Rule = (text) => {
  const named =
    /User "([^"]*)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)"| at the cluster scope)?/.exec(
      text,
    );
  if (named) {
    const [, user, verb, resource = '', group = '', namespace] = named;
    const [plural, ...subresource] = resource.split('/');
    const full = [group === '' ? plural : `${plural}.${group}`, ...subresource].join('/');
    return {
      type: 'KubernetesForbidden',
      sentence: `The identity of the context may not ${verb} ${full}: give it a role that allows this`,
      facts: { user, verb, resource: full, namespace: namespace ?? 'none' },
    };
  }
  const path = /User "([^"]*)" cannot (\S+) path "([^"]+)"/.exec(text);
  if (path) {
    return {
      type: 'KubernetesForbidden',
      sentence: `The identity of the context may not ${path[2]} ${path[3]}: give it a role that allows this`,
      facts: { user: path[1], verb: path[2], resource: path[3] },
    };
  }
  return when(
    /\(Forbidden\)|is forbidden: /,
    'KubernetesForbidden',
    'The identity of the context may not do this',
  )(text);
};

const applyConflict: Rule = (text) => {
  const conflict = /Apply failed with \d+ conflicts?: (.*)/s.exec(text);
  if (!conflict) return undefined;
  const who = (conflict[1] ?? '').replace(/ Please review the fields above.*/s, '');
  return { type: 'KubernetesConflict', sentence: `Another manager has set fields that were to be applied: ${who}` };
};

/** The end of a program in a container. */
const commandFailed: Rule = (text) => {
  const [, exitCode] = /command terminated with exit code (\d+)/.exec(text) ?? [];
  if (exitCode === undefined) return undefined;
  return exitCode === '137'
    ? { type: 'KubernetesCommandKilled', sentence: 'The program was killed, or its container ended under it' }
    : { type: 'KubernetesCommandFailed', sentence: 'The program failed in its container', facts: { exitCode } };
};

/** In this order: a text can fit several, and the more particular come first. */
const rules: readonly Rule[] = [
  when(
    /context "?[^"]*"? does not exist|context was not found for specified context|no configuration has been provided|current-context must exist/,
    'KubernetesContextMissing',
    'The context is not in the kubeconfig: name one that is there, or set KUBECONFIG to the file that has it',
  ),
  commandFailed,
  // The container runtime's words, which the API server wraps into an internal error.
  when(
    /unable to start container process: .*(?:executable file not found|no such file or directory)/,
    'KubernetesCommandMissing',
    'The container has no such program',
  ),
  when(
    /error loading config file|couldn't get version\/kind; json parse error|unable to read client-(?:cert|key)|unable to read certificate-authority/,
    'KubernetesContextMissing',
    'The kubeconfig cannot be used',
  ),
  when(
    /failed calling webhook|failed to call webhook/,
    'AdmissionUnavailable',
    'A webhook that has to admit the change did not answer: check that its pods run',
    true,
  ),
  when(
    /x509: |tls: failed to verify certificate|certificate signed by unknown authority/,
    'KubernetesCertificateRefused',
    'The server that answered did not prove that it is this API server: check the kubeconfig of the context',
  ),
  when(
    /You must be logged in|\(Unauthorized\)|getting credentials|exec: executable|Please enter Username/,
    'KubernetesUnauthorized',
    'The API server does not know the identity of the context: renew its login',
  ),
  when(
    /exceeded quota|failed quota/,
    'KubernetesQuotaExceeded',
    'A quota of the namespace leaves no room for it: raise the quota or free some',
  ),
  admission,
  when(/\(AlreadyExists\)|already exists$/, 'KubernetesObjectExists', 'An object of this name already exists'),
  when(
    /because it is being terminated/,
    'KubernetesConflict',
    'The namespace is being removed: wait until it is gone',
    true,
  ),
  applyConflict,
  forbidden,
  when(
    /\(Conflict\)|the object has been modified/,
    'KubernetesConflict',
    'Another program changed it at the same time: read it again',
    true,
  ),
  when(
    /doesn't have a resource type|no matches for kind|no kind "|the server could not find the requested resource/,
    'KubernetesKindUnknown',
    'The API server has no such kind or path: install what defines it first',
  ),
  when(/\(NotFound\)|not found$/, 'KubernetesObjectMissing', 'There is no such object'),
  when(
    /The connection to the server|Unable to connect to the server|connection refused|connection reset|i\/o timeout|no route to host|network is unreachable|no such host|TLS handshake timeout|deadline exceeded|Client\.Timeout|client connection lost|request canceled|EOF$|\(ServiceUnavailable\)|\(Timeout\)|\(ServerTimeout\)|\(TooManyRequests\)|unable to handle the request|apiserver not ready/,
    'KubernetesUnreachable',
    'The API server cannot be reached or cannot serve: check that the cluster runs',
    true,
  ),
  when(
    /is invalid: |\(Invalid\)|failed to create typed patch object|failed to convert new object|\(BadRequest\)|strict decoding error|unable to decode|error validating|error parsing|illegal base64/,
    'KubernetesObjectInvalid',
    'The API server did not accept it',
  ),
  (text) =>
    /\(InternalError\)|Internal error occurred|etcdserver/.test(text)
      ? { type: 'KubernetesFailed', sentence: `The API server failed: ${spoken(text)}`, retryable: true }
      : undefined,
];

const otherwise = (text: string): Verdict => ({
  type: 'KubernetesFailed',
  sentence: text === '' ? 'kubectl failed and did not say why' : `kubectl failed: ${spoken(text)}`,
});

/**
 * The failure that kubectl's words mean: see {@link Cluster} for the types. If several objects were refused, it names the first
 * and the number of the others.
 */
export const kubectlFailure = (
  stderr: string,
  { context, action, object, namespace, secrets = [] }: Attempt,
): KnownFailure => {
  const { text, more } = firstStatement(withoutSecrets(stderr, secrets));
  const clean = withoutValues(text, secrets.length > 0);
  const {
    type,
    sentence,
    retryable = false,
    facts = {},
  } = rules.reduce<Verdict | undefined>((verdict, rule) => verdict ?? rule(clean), undefined) ?? otherwise(clean);
  return new KnownFailure(type, shorten(sentence), {
    retryable,
    facts: { context, action, object, namespace, ...facts, otherFailures: more === 0 ? undefined : more },
  });
};

/** kubectl did not come back in time. */
export const unanswered = ({ context, action, object, namespace }: Attempt, timeoutMs: number): KnownFailure =>
  new KnownFailure(
    'KubernetesUnreachable',
    `kubectl did not come to an end within ${describeMs(timeoutMs)}: check that the cluster answers`,
    { retryable: true, facts: { context, action, object, namespace } },
  );

/** Returns `undefined` if the object or its kind does not exist. */
export const noneOf = async <T>(call: Promise<T>): Promise<T | undefined> => {
  try {
    return await call;
  } catch (error) {
    if (isKnownFailure(error, 'KubernetesObjectMissing') || isKnownFailure(error, 'KubernetesKindUnknown'))
      return undefined;
    throw error;
  }
};

/** The server has no other word for "nothing has been written yet" than a bad request. */
const notStarted = /is waiting to start|previous terminated container .* not found/;

export const unlessNotStarted = async (logs: Promise<string>): Promise<string> => {
  try {
    return await logs;
  } catch (error) {
    if (isKnownFailure(error) && notStarted.test(error.message)) return '';
    throw error;
  }
};
