import { describe, expect, it } from 'vitest';
import { createKnownSecrets, type KnownSecrets } from '../../../systems/secrets/known-secrets.js';

const knowing = (...values: readonly string[]): KnownSecrets => {
  const secrets = createKnownSecrets();
  for (const value of values) secrets.remember(value);
  return secrets;
};

const password = 'hunter2-"häger"-hunter3';

describe('secrets that the process knows', () => {
  it.each([
    ['as they are', password],
    ['in JSON', JSON.stringify({ password }).slice(13, -2)],
    ['in an address', encodeURIComponent(password)],
    ['as Kubernetes encodes them', Buffer.from(password).toString('base64')],
  ])('are hidden %s', (_, spelling) => {
    expect(knowing(password).hideIn(`It said: ${spelling}, twice: ${spelling}.`)).toBe(
      'It said: [hidden], twice: [hidden].',
    );
  });

  it.each([7, 12, password.length - 1])('are hidden where a quote ends after %i letters of one', (length) => {
    const said = `a… b [answer=invalid password ${password.slice(0, length)}…] c…`;
    expect(knowing('other-secret', password).hideIn(said)).toBe('a… b [answer=invalid password [hidden]…] c…');
  });

  it('are hidden whole where one begins with another', () => {
    expect(knowing('secret', 'secret-and-more').hideIn('said secret-and-more')).toBe('said [hidden]');
  });

  it('are hidden as well as what looks like a token, whoever made it', () => {
    expect(knowing().hideIn('for token hvs.CAESIJ1234567 of https://ann:pw@example.com')).toBe(
      'for token [hidden] of https://[hidden]@example.com',
    );
  });

  it('are hidden in every text of a value, which is the same value otherwise', () => {
    const value = { checks: [{ observed: `403: ${password}`, ms: 3, when: null }], [password.slice(0, 4)]: true };
    expect(knowing(password).hideInAll(value)).toEqual({
      checks: [{ observed: '403: [hidden]', ms: 3, when: null }],
      hunt: true,
    });
    const clean = { observed: 'nothing' };
    expect(knowing(password).hideInAll(clean)).toBe(clean);
    expect(knowing(password).hideInAll(undefined)).toBeUndefined();
  });

  it('leave the parts of a value alone that hold none', () => {
    const clean = { of: ['nothing', null], at: 3 };
    const { said, ...hidden } = knowing(password).hideInAll({ clean, said: [password, 'hunter2-… and hunte…'] });
    expect(said).toEqual(['[hidden]', '[hidden]… and hunte…']);
    expect(hidden.clean).toBe(clean);
  });

  it('are hidden whole where two of them overlap', () => {
    expect(knowing('abcdefgh', 'efghijklm').hideIn('said abcdefghijklm.')).toBe('said [hidden].');
  });

  it('are hidden from when they are known, between texts, too', () => {
    const secrets = knowing('first-secret');
    const said = 'first-secret second-secret';
    expect(secrets.hideIn(said)).toBe('[hidden] second-secret');
    secrets.remember('second-secret');
    expect(secrets.hideIn(said)).toBe('[hidden] [hidden]');
  });

  it('are the keys of a file, not its names and addresses; a certificate is none', () => {
    const key = 'LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0tCk1IY0NBUUVF';
    const kubeconfig = `clusters:\n- cluster: { server: "https://127.0.0.1:6443" }\nusers:\n- client-key-data: ${key}\n`;
    const certificate = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}\n-----END CERTIFICATE-----\n`;
    const said = `https://127.0.0.1:6443 client-key-data: ${key} ${'A'.repeat(64)}`;
    expect(knowing(kubeconfig, certificate).hideIn(said)).toBe(
      `https://127.0.0.1:6443 client-key-data: [hidden] ${'A'.repeat(64)}`,
    );
  });

  it('are too long to be words of a sentence', () => {
    expect(knowing('is', 'a', '').hideIn('This is a sentence.')).toBe('This is a sentence.');
  });

  it('are bounded in number: those that were used last are kept', () => {
    const secrets = createKnownSecrets({ most: 2 });
    for (const one of ['first-secret', 'second-secret', 'first-secret', 'third-secret']) secrets.remember(one);
    expect(secrets.hideIn('first-secret second-secret third-secret')).toBe('[hidden] second-secret [hidden]');
  });
});
