import { describe, expect, it } from 'vitest';
import { lastLine, mayPass } from '../../../systems/openbao-operator/log.js';

describe('the last line of a log', () => {
  it('is the last that says something, as text', () => {
    expect(lastLine('one\ntwo\n\n  \n')).toBe('two');
    expect(lastLine('\u001b[31mred\u001b[0m\tand\rmore')).toBe('red and more');
    expect(lastLine('\n \n')).toBeUndefined();
  });

  it('is cut where nobody would read on', () => {
    expect(lastLine('x'.repeat(5_000))?.length).toBeLessThan(310);
  });

  it.each([
    'login with eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl failed',
    'token s.AbCdEfGhIjKlMnOpQrStUvWx was refused',
    'token=c2VjcmV0 in the address',
    '{"secretAccessKey":"c2VjcmV0"}',
    'AWS_SECRET_ACCESS_KEY=c2VjcmV0',
    'https://user:c2VjcmV0@host/path',
    'password: c2VjcmV0MTIzNDU2',
    'access key: AKIAc2VjcmV0MTIzNA is unknown',
  ])('never has what looks like a secret: %s', (line) => {
    expect(lastLine(line)).not.toMatch(/c2VjcmV0|eyJ|AbCdEf|c2lnbmF0/);
  });

  it("keeps OpenBao's own words about a token", () => {
    const line =
      'bao-restore error: failed to authenticate: JWT auth request failed with status 400: {"errors":["error validating ' +
      'token: error verifying token signature: no known key successfully validated the token signature"]}';
    expect(lastLine(line)).toBe(line);
  });
});

it.each([
  ['failed to find leader: context deadline exceeded', true],
  ['failed to upload backup: connection refused', true],
  ['JWT auth request failed with status 400', false],
  ['AccessDenied: Access Denied', false],
  ['NoSuchBucket: the bucket does not exist', false],
])('a Job that said "%s" may end otherwise the next time: %s', (said, expected) => {
  expect(mayPass(said)).toBe(expected);
});
