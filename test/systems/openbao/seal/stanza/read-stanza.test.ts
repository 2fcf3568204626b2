import { describe, expect, it } from 'vitest';
import { readSealStanza } from '../../../../../systems/openbao/seal/stanza/read-stanza.js';
import { assertNoSecrets, secretsInClear } from '../../../../../systems/openbao/seal/stanza/seal-stanza.js';

const read = (text: string) => readSealStanza(text, 'seal.hcl');

const transit = {
  type: 'transit',
  attributes: { address: 'https://bao.example.com:8200', key_name: 'unseal', disable_renewal: 'false', retries: '3' },
};

describe('a seal stanza', () => {
  it.each([
    [
      'HCL with comments',
      `# The seal.
       seal "transit" { // shared
         address = "https://bao.example.com:8200" /* over
         two lines */
         key_name = "unseal"
         disable_renewal = "false"
         retries = 3
       }`,
    ],
    [
      'a whole configuration of which the seal is a part',
      `ui = true
       api_addr = "https://$\${HOSTNAME}.example.com:8200"
       listener "tcp" { address = "[::]:8200" telemetry { unauthenticated_metrics_access = true } }
       storage "raft" { retry_join { auto_join = "provider=k8s label_selector=\\"app=bao\\"" } retry_join { } }
       audit "file" "stdout" { options { file_path = "stdout" } }
       seal "Transit" { address = "https://bao.example.com:8200", key_name = "unseal", disable_renewal = false, retries = 3 }`,
    ],
    [
      'JSON with the type in a list',
      `{"seal": [{"transit": {"address": "https://bao.example.com:8200", "key_name": "unseal", "disable_renewal": false, "retries": 3}}], "ui": null}`,
    ],
    [
      'JSON with the type in an object',
      `{"storage": {"raft": {"path": "/d"}}, "seal": {"transit": [{"address": "https://bao.example.com:8200", "key_name": "unseal", "disable_renewal": "false", "retries": "3"}]}}`,
    ],
    [
      'HCL during a migration, whose former seal is disabled',
      `seal "awskms" { region = "x" disabled = "true" }
       seal "transit" { purpose = ["a", "b"] address = "https://bao.example.com:8200" key_name = "un\\u0073eal" disable_renewal = "false" retries = "3" }`,
    ],
  ])('is read from %s', (_, text) => {
    expect(read(text)).toEqual(transit);
  });

  it('keeps a text of several lines', () => {
    const { attributes } = read(
      'seal "ocikms" {\n  key_id = <<-END\n    one\n      two\n    END\n  auth_type_api_key = true\n}',
    );
    expect(attributes).toEqual({ key_id: 'one\n  two\n', auth_type_api_key: 'true' });
  });

  it.each([
    ['a configuration without one', 'storage "raft" { path = "/d" }'],
    ['one that says so', 'seal "shamir" {}'],
  ])('is Shamir in %s', (_, text) => {
    expect(read(text)).toEqual({ type: 'shamir', attributes: {} });
  });

  it.each([
    [
      'seal "transit" {\n  address = https://bao\n}',
      'seal.hcl, line 2, column 13: a value is expected here: put text between quotation marks; correct it.',
    ],
    [
      'seal "transit" {\n  address = "a"\n',
      'seal.hcl, line 3, column 1: a closing brace is missing before the end; correct it.',
    ],
    [
      'seal "transit" {\n  token = "s.secret\n}',
      'seal.hcl, line 2, column 11: this text has no closing quotation mark; correct it.',
    ],
    [
      'seal "transit" {\n  token "s.secret"\n}',
      'seal.hcl, line 3, column 1: an equals sign or an opening brace is expected behind the name; correct it.',
    ],
    ['seal "transit" { a = "b" a = "c" }', 'seal.hcl, line 1, column 26: this name stands here twice; correct it.'],
    [
      'seal "transit" { a = ["b"] }',
      'seal.hcl, line 1, column 22: a value of a seal is text, a number, true or false; correct it.',
    ],
    [
      'seal { address = "a" }',
      'seal.hcl, line 1, column 8: the seal has no type: write seal "transit" { … }; correct it.',
    ],
    [
      'seal "alicloud" { }',
      'seal.hcl, line 1, column 1: this type of seal is none of transit, static, shamir, awskms, gcpckms, azurekeyvault, ocikms, pkcs11, kmip; correct it.',
    ],
    ['seal = "transit"', 'seal.hcl, line 1, column 8: a seal is a block between braces; correct it.'],
    [
      'seal "transit" { a = "\\q" }',
      'seal.hcl, line 1, column 23: this backslash begins no known character; correct it.',
    ],
    ['seal "transit" /* { }', 'seal.hcl, line 1, column 16: this comment has no end; correct it.'],
    [
      'seal "transit" { a = <<END\n b\n }',
      'seal.hcl, line 1, column 22: this text has no line END that ends it; correct it.',
    ],
    ['seal "transit" { a = ! }', 'seal.hcl, line 1, column 22: this character has no meaning here; correct it.'],
    [
      '{"seal": {"transit": {"a": "b" "c": "d"}}}',
      'seal.hcl, line 1, column 32: a comma or a closing brace is missing; correct it.',
    ],
    [
      '{"seal": {"transit": {"a": "b",}}}',
      'seal.hcl, line 1, column 32: a comma stands before a closing brace; correct it.',
    ],
    [
      '{"seal": {"transit": {"a" "b"}}}',
      'seal.hcl, line 1, column 30: a colon is expected behind the name; correct it.',
    ],
    ['{"seal": []} seal', 'seal.hcl, line 1, column 14: nothing may stand behind the closing brace; correct it.'],
    [
      '',
      'seal.hcl holds no seal stanza: copy it from the cluster\'s configuration, or write seal "shamir" {} for shares.',
    ],
    [
      '# nothing',
      'seal.hcl holds no seal stanza: copy it from the cluster\'s configuration, or write seal "shamir" {} for shares.',
    ],
    [
      'seal "transit" {} seal "awskms" {}',
      'seal.hcl holds 2 seals that are in use, as during a seal migration: leave the one that the snapshot was taken with.',
    ],
  ])('is refused in one sentence that names the place and quotes nothing: %j', (text, sentence) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ type: 'SealStanzaInvalid', message: sentence }) as Error,
    );
  });

  it('is refused when it is nested without end', () => {
    const deep = `a = ${'['.repeat(200_000)}`;
    expect(() => read(deep)).toThrow('nested more than 50 levels deep');
    expect(() => read(`${'a {'.repeat(200_000)}`)).toThrow('nested more than 50 levels deep');
  });

  it('is never read past what it says, whatever it is cut to', () => {
    const whole = 'seal "transit" {\n  a = "b\\n" # c\n  l = 0x1f\n  t = <<E\nx\nE\n}\n';
    for (let length = 0; length < whole.length - 2; length += 1) {
      expect(() => read(whole.slice(0, length)), whole.slice(0, length)).toThrow(
        expect.objectContaining({ type: 'SealStanzaInvalid' }) as Error,
      );
    }
    expect(read(whole).attributes).toEqual({ a: 'b\n', l: '0x1f', t: 'x\n' });
  });
});

describe('secrets in a stanza', () => {
  const stanza = read('seal "static" { current_key_id = "1" current_key = "clear" previous_key = "env://OLD" }');

  it('are those that are no reference', () => {
    expect(secretsInClear(stanza)).toEqual(['current_key']);
  });

  it('are refused by name where a plan is to hold them', () => {
    expect(() => assertNoSecrets(stanza)).toThrow(
      expect.objectContaining({
        type: 'SecretInPlan',
        message: expect.not.stringContaining('clear"') as string,
      }) as Error,
    );
    assertNoSecrets(read('seal "transit" { address = "a" token = "file:///run/token" }'));
  });
});
