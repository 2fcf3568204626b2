/** The credentials of a login at an OpenBao: every kind that OpenBao itself has for programs. */
import type { SecretRef } from './secret-ref.js';

/** The place of the login, if it is not OpenBao's default. */
interface LoginPlace {
  /** Path of the namespace that the login belongs to, and that its token then works in. Absent: the root namespace. */
  readonly namespace?: string | undefined;
  /** The login's mount, without `auth/`. Absent: the name of its kind. */
  readonly mountPath?: string | undefined;
}

/** The kind that was there first: recorded runs have it without a `method`. */
export interface UserpassCredential extends LoginPlace {
  readonly method?: 'userpass' | undefined;
  readonly username: string;
  readonly password: SecretRef;
}

export interface AppRoleCredential extends LoginPlace {
  readonly method: 'approle';
  /** The id itself, or a reference to it: it names a role, and proves nothing. */
  readonly roleId: string;
  /** Absent: the role asks for none. */
  readonly secretId?: SecretRef | undefined;
  /** True: `secretId` refers to the token of a wrapping response, from which the secret id is unwrapped once. */
  readonly wrapped?: boolean | undefined;
}

/** A service account's token, which OpenBao has reviewed by the Kubernetes that issued it. */
export interface KubernetesCredential extends LoginPlace {
  readonly method: 'kubernetes';
  readonly role: string;
  /** Absent: the token of the pod that the worker runs in. */
  readonly jwt?: SecretRef | undefined;
}

export interface JwtCredential extends LoginPlace {
  readonly method: 'jwt';
  /** Absent: the mount's default role. */
  readonly role?: string | undefined;
  readonly jwt: SecretRef;
}

/** A TLS client certificate. */
export interface CertificateCredential extends LoginPlace {
  readonly method: 'cert';
  /** Absent: any role that the certificate fits. */
  readonly role?: string | undefined;
  /** PEM of the certificate, and of those that it was issued by, if the server has to see them. */
  readonly certificate: SecretRef;
  /** PEM of its private key, without a passphrase. */
  readonly key: SecretRef;
}

export interface TokenCredential {
  readonly method: 'token';
  readonly namespace?: string | undefined;
  /** The token lives on after its use: its issuer revokes it. */
  readonly token: SecretRef;
}

export type Credential =
  | UserpassCredential
  | AppRoleCredential
  | KubernetesCredential
  | JwtCredential
  | CertificateCredential
  | TokenCredential;

export type CredentialMethod = NonNullable<Credential['method']>;

export const credentialMethods = [
  'userpass',
  'approle',
  'kubernetes',
  'jwt',
  'cert',
  'token',
] as const satisfies readonly CredentialMethod[];

/** The token that Kubernetes mounts into each pod. */
export const podTokenRef: SecretRef = 'file:/var/run/secrets/kubernetes.io/serviceaccount/token';

/** `ann`, `role backup at approle in team-a`: for sentences, and without anything secret. */
export const describeCredential = (credential: Credential): string => {
  const { method = 'userpass', namespace } = credential;
  const mountPath = 'mountPath' in credential ? credential.mountPath : undefined;
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  if (method === 'token') return `a token${where}`;
  if ('username' in credential && mountPath === undefined) return `${credential.username}${where}`;
  return `${whoOf(credential)} at ${mountPath ?? method}${where}`;
};

const whoOf = (credential: Credential): string => {
  if ('username' in credential) return credential.username;
  if ('role' in credential && credential.role !== undefined) return `role ${credential.role}`;
  return credential.method === 'approle' ? 'a role' : 'the default role';
};
