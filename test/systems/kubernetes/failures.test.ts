import { describe, expect, it } from 'vitest';
import { isKnownFailure, type KnownFailure } from '../../../domain/known-failure.js';
import { kubectlFailure, noneOf, unlessNotStarted } from '../../../systems/kubernetes/failures.js';

const attempt = { context: 'c', action: 'apply' };
const failureOf = (stderr: string): KnownFailure => kubectlFailure(stderr, attempt);

const unreachable = [
  'E1125 14:37:53.207517   29935 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API group list: Get \\"https://127.0.0.1:9/api?timeout=32s\\": dial tcp 127.0.0.1:9: connect: connection refused"',
  'The connection to the server 127.0.0.1:9 was refused - did you specify the right host or port?',
].join('\n');

// Each as kubectl 1.36 printed it, talking to an API server 1.34.
const texts: readonly (readonly [type: string, retryable: boolean, said: string, stderr: string])[] = [
  ['KubernetesUnreachable', true, '127.0.0.1:9 was refused', unreachable],
  [
    'KubernetesUnreachable',
    true,
    'request canceled while waiting for connection',
    'Unable to connect to the server: net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  ],
  [
    'KubernetesUnreachable',
    true,
    'no such host',
    'Unable to connect to the server: dial tcp: lookup nowhere.invalid on 127.0.0.1:53: no such host',
  ],
  [
    'KubernetesUnreachable',
    true,
    'connection refused',
    'error: failed to create token: Post "https://127.0.0.1:9/api/v1/namespaces/default/serviceaccounts/x/token": dial tcp 127.0.0.1:9: connect: connection refused',
  ],
  [
    'KubernetesUnreachable',
    true,
    'connection refused',
    'error: error validating "STDIN": error validating data: failed to download openapi: Get "https://127.0.0.1:9/openapi/v2?timeout=5s": dial tcp 127.0.0.1:9: connect: connection refused; if you choose to ignore these errors, turn validation off with --validate=false',
  ],
  [
    'KubernetesUnreachable',
    true,
    'unable to handle the request',
    'Error from server (ServiceUnavailable): the server is currently unable to handle the request',
  ],
  [
    'KubernetesCertificateRefused',
    false,
    'unknown authority',
    'Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority',
  ],
  [
    'KubernetesContextMissing',
    false,
    'specified context: nope',
    'Error in configuration: context was not found for specified context: nope',
  ],
  ['KubernetesContextMissing', false, 'nope', 'error: context "nope" does not exist'],
  [
    'KubernetesContextMissing',
    false,
    'did not find expected key',
    'error: error loading config file "bad": yaml: did not find expected key',
  ],
  [
    'KubernetesUnauthorized',
    false,
    'You must be logged in',
    'error: You must be logged in to the server (Unauthorized)',
  ],
  [
    'KubernetesUnauthorized',
    false,
    'executable nosuchhelper not found',
    'Unable to connect to the server: getting credentials: exec: executable nosuchhelper not found\n\nIt looks like you are trying to use a client-go credential plugin that is not installed.\n',
  ],
  ['KubernetesUnauthorized', false, 'Please enter Username', 'Please enter Username: error: EOF'],
  [
    'KubernetesForbidden',
    false,
    'may not patch secrets:',
    'Error from server (Forbidden): secrets "s" is forbidden: User "system:serviceaccount:default:default" cannot patch resource "secrets" in API group "" in the namespace "n"',
  ],
  [
    'KubernetesForbidden',
    false,
    'may not get /metrics:',
    'Error from server (Forbidden): forbidden: User "system:serviceaccount:default:default" cannot get path "/metrics"',
  ],
  [
    'KubernetesQuotaExceeded',
    false,
    'exceeded quota: q, requested: secrets=1, used: secrets=1, limited: secrets=1',
    'Error from server (Forbidden): secrets "s-b" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=1, limited: secrets=1',
  ],
  [
    'AdmissionRefused',
    false,
    'refused it: no such names here. The context is c, the action is apply and the rule that refuses is policy names.',
    `The configmaps "refused" is invalid: : ValidatingAdmissionPolicy 'names' with binding 'names' denied request: no such names here`,
  ],
  [
    'AdmissionRefused',
    false,
    'refused it: not on a Friday. The context is c, the action is apply and the rule that refuses is webhook probe.example.com.',
    'Error from server: error when creating "STDIN": admission webhook "probe.example.com" denied the request: not on a Friday',
  ],
  [
    'AdmissionRefused',
    false,
    'the rule that refuses is pod security restricted:latest',
    'Error from server (Forbidden): error when creating "STDIN": pods "p" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)',
  ],
  [
    'AdmissionRefused',
    false,
    'maximum memory usage per Container is 64Mi, but limit is 128Mi',
    'Error from server (Forbidden): error when creating "STDIN": pods "p" is forbidden: maximum memory usage per Container is 64Mi, but limit is 128Mi',
  ],
  [
    'AdmissionUnavailable',
    true,
    'failed calling webhook "probe.example.com"',
    'Error from server (InternalError): error when creating "STDIN": Internal error occurred: failed calling webhook "probe.example.com": failed to call webhook: Post "https://127.0.0.1:9/x?timeout=2s": dial tcp 127.0.0.1:9: connect: connection refused',
  ],
  [
    'KubernetesObjectExists',
    false,
    'namespaces "n" already exists',
    'Error from server (AlreadyExists): error when creating "STDIN": namespaces "n" already exists',
  ],
  [
    'KubernetesConflict',
    true,
    'the object has been modified',
    'Error from server (Conflict): Operation cannot be fulfilled on secrets "s-a": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [
    'KubernetesConflict',
    false,
    'conflict with "kubectl": .spec.replicas.',
    'error: Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas\nPlease review the fields above--they currently have other managers. Here\nare the ways you can resolve this warning:\n* If you intend to manage all of these fields, please re-run the apply\n',
  ],
  [
    'KubernetesConflict',
    true,
    'being terminated',
    'Error from server (Forbidden): error when creating "STDIN": configmaps "z" is forbidden: unable to create new content in namespace n because it is being terminated',
  ],
  [
    'KubernetesKindUnknown',
    false,
    'no matches for kind "Widget"',
    'error: resource mapping not found for name: "w" namespace: "n" from "STDIN": no matches for kind "Widget" in version "example.com/v1"\nensure CRDs are installed first',
  ],
  ['KubernetesKindUnknown', false, 'widgets', `error: the server doesn't have a resource type "widgets"`],
  [
    'KubernetesKindUnknown',
    false,
    'could not find the requested resource',
    'Error from server (NotFound): the server could not find the requested resource',
  ],
  ['KubernetesObjectMissing', false, 'secrets "none"', 'Error from server (NotFound): secrets "none" not found'],
  [
    'KubernetesObjectMissing',
    false,
    'There is no such object: pods "none"',
    'error: error from server (NotFound): pods "none" not found in namespace "n"',
  ],
  [
    'KubernetesObjectMissing',
    false,
    'serviceaccounts "none"',
    'error: failed to create token: serviceaccounts "none" not found',
  ],
  [
    'KubernetesObjectInvalid',
    false,
    'unknown field "nope" in io.k8s.api.core.v1.ServiceSpec.',
    'error: error validating "STDIN": error validating data: ValidationError(Service.spec): unknown field "nope" in io.k8s.api.core.v1.ServiceSpec; if you choose to ignore these errors, turn validation off with --validate=false',
  ],
  [
    'KubernetesObjectInvalid',
    false,
    '.spec.nope: field not declared in schema',
    'Error from server: failed to create typed patch object (n/d; apps/v1, Kind=Deployment): .spec.nope: field not declared in schema',
  ],
  [
    'KubernetesObjectInvalid',
    false,
    '* spec.ports[0].port: Invalid value: 80000: must be between 1 and 65535, inclusive',
    'The Service "Bad_Name" is invalid: \n* metadata.name: Invalid value: "Bad_Name": a DNS-1035 label\n* spec.ports[0].port: Invalid value: 80000: must be between 1 and 65535, inclusive\n',
  ],
  [
    'KubernetesObjectInvalid',
    false,
    'may not specify a duration less than 10 minutes',
    'error: failed to create token: TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
  ],
  [
    'KubernetesCommandMissing',
    false,
    'has no such program',
    'error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "6386db198c944ebd8302da5d7d059a10b3d45363a99c61c37ed3190781520980": OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not found in $PATH: unknown',
  ],
  ['KubernetesCommandKilled', false, 'its container ended under it', 'command terminated with exit code 137'],
  [
    'KubernetesCommandFailed',
    false,
    'the exit code is 1',
    'sh: kill: Operation not permitted\ncommand terminated with exit code 1',
  ],
  ['KubernetesFailed', true, 'etcdserver: leader changed', 'Error from server: etcdserver: leader changed'],
  ['KubernetesFailed', false, 'unknown flag: --context', 'error: unknown flag: --context'],
  ['KubernetesFailed', false, 'did not say why', 'Warning: something is deprecated\n'],
];

describe('what kubectl says', () => {
  it.each(texts)('is %s (a retry helps: %s) where it says %s', (type, retryable, said, stderr) => {
    const failure = failureOf(stderr);
    expect(failure.message).toContain(said);
    expect(failure).toMatchObject({ type, retryable });
    expect(failure.message).not.toMatch(/\n|memcache|STDIN|Error from server/);
  });

  it('names verb, resource with group and namespace of what is forbidden', () => {
    const { message } = failureOf(
      'Error from server (Forbidden): deployments.apps "d" is forbidden: User "u" cannot patch resource "deployments/scale" in API group "apps" in the namespace "n"',
    );
    expect(message).toContain('may not patch deployments.apps/scale');
    expect(message).toContain('the user is u, the verb is patch and the resource is deployments.apps/scale');
    expect(message).toContain('the namespace is n');
    const wide = failureOf(
      'Error from server (Forbidden): nodes is forbidden: User "u" cannot list resource "nodes" in API group "" at the cluster scope',
    );
    expect(wide.message).toContain('may not list nodes');
  });

  it('tells the first of several objects that were refused, and how many more there are', () => {
    const { message } = failureOf(
      [
        'Warning: spec.x is deprecated',
        'Error from server (NotFound): namespaces "a" not found',
        'The Service "b" is invalid: ',
        '* spec.ports: Required value',
        'Error from server (NotFound): namespaces "c" not found',
      ].join('\n'),
    );
    expect(message).toContain('namespaces "a" not found');
    expect(message).toContain('the number of other failures is 2');
  });

  it('is shortened where it is long', () => {
    expect(failureOf(`error: ${'long '.repeat(1000)}`).message.length).toBeLessThan(500);
  });
});

describe('a failure', () => {
  const secrets = ['hunter22', Buffer.from('hunter22').toString('base64')];

  it('does not repeat the values of a Secret that was refused, whatever way they are spelled', () => {
    for (const said of [
      `Error from server (BadRequest): Secret "s" is invalid: data[a]: Invalid value: "hunter22": no`,
      `The request is invalid: patch: Invalid value: "{\\"data\\":{\\"a\\":\\"${secrets[1]}\\",\\"b\\":\\"kept before\\"}}": illegal base64 data`,
      `error: what is ${secrets.join(' and ')}?`,
    ]) {
      const { message } = kubectlFailure(said, { ...attempt, secrets });
      expect(message).not.toContain('hunter22');
      expect(message).not.toContain(secrets[1]);
      expect(message).not.toContain('kept before');
    }
  });

  it('never repeats a whole object that a patch did not fit', () => {
    const whole = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'what was there before it' } });
    const { message } = failureOf(
      `The request is invalid: patch: Invalid value: ${JSON.stringify(whole)}: cannot unmarshal`,
    );
    expect(message).toContain('Invalid value: …: cannot unmarshal');
    expect(message).not.toContain('what was there');
  });
});

describe('noneOf', () => {
  it('makes nothing of what does not exist, and of nothing else', async () => {
    expect(
      await noneOf(Promise.reject(failureOf('Error from server (NotFound): secrets "s" not found'))),
    ).toBeUndefined();
    expect(
      await noneOf(Promise.reject(failureOf(`error: the server doesn't have a resource type "w"`))),
    ).toBeUndefined();
    await expect(noneOf(Promise.reject(failureOf(unreachable)))).rejects.toMatchObject({ retryable: true });
  });
});

describe('unlessNotStarted', () => {
  it('has no log of a container that waits, and fails for a pod that is not there', async () => {
    const waits =
      'Error from server (BadRequest): container "c" in pod "p" is waiting to start: trying and failing to pull image';
    const neverBefore = 'Error from server (BadRequest): previous terminated container "c" in pod "p" not found';
    expect(await unlessNotStarted(Promise.reject(failureOf(waits)))).toBe('');
    expect(await unlessNotStarted(Promise.reject(failureOf(neverBefore)))).toBe('');
    const missing = failureOf('error: error from server (NotFound): pods "p" not found in namespace "n"');
    await expect(unlessNotStarted(Promise.reject(missing))).rejects.toSatisfy((error) =>
      isKnownFailure(error, 'KubernetesObjectMissing'),
    );
  });
});
