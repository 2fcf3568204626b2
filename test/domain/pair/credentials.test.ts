import { expect, it } from 'vitest';
import { type Credential, describeCredential } from '../../../domain/pair/credentials.js';

it.each<[Credential, string]>([
  [{ username: 'ann', password: 'env:P' }, 'ann'],
  [{ method: 'userpass', username: 'ann', password: 'env:P', namespace: 'team' }, 'ann in team'],
  [{ method: 'userpass', username: 'ann', password: 'env:P', mountPath: 'people' }, 'ann at people'],
  [{ method: 'approle', roleId: 'id', secretId: 'env:S' }, 'a role at approle'],
  [{ method: 'kubernetes', role: 'dr', mountPath: 'k8s-prod' }, 'role dr at k8s-prod'],
  [{ method: 'jwt', jwt: 'env:J' }, 'the default role at jwt'],
  [{ method: 'cert', certificate: 'env:C', key: 'env:K', role: 'dr', namespace: 'a/b' }, 'role dr at cert in a/b'],
  [{ method: 'token', token: 'env:T' }, 'a token'],
])('%o is described as "%s", without its secrets', (credential, text) => {
  expect(describeCredential(credential)).toBe(text);
});
