import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  countOf,
  describeBytes,
  describeExactBytes,
  describeMs,
  describeSeconds,
  describeTick,
  exactBytes,
  groupDigits,
} from '../../domain/units.js';

it.each([
  [-1, '0.0 s'],
  [0, '0.0 s'],
  [0.0004, '0.0 s'],
  [0.34, '340 ms'],
  [0.787, '787 ms'],
  [0.9994, '999 ms'],
  [0.9996, '1.0 s'],
  [8.44, '8.4 s'],
  [8.245, '8.2 s'],
  [53.811, '53.8 s'],
  [59.94, '59.9 s'],
  [59.96, '1 min 00 s'],
  [60, '1 min 00 s'],
  [125.4, '2 min 05 s'],
  [300, '5 min 00 s'],
  [3599.4, '59 min 59 s'],
  [3599.6, '1 h 00 min'],
  [3600, '1 h 00 min'],
  [7199, '2 h 00 min'],
  [11_399, '3 h 10 min'],
  [86_400, '24 h 00 min'],
  [172_799, '2 d 00 h'],
  [187_200, '2 d 04 h'],
  [2_592_000, '30 d 00 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(describeSeconds(seconds)).toBe(text);
  expect(describeMs(seconds * 1000)).toBe(text);
});

it.each([
  [0, '0'],
  [15, '15 s'],
  [60, '1 min'],
  [90, '1:30 min'],
  [600, '10 min'],
  [10_800, '3 h'],
])('a tick at %d seconds is labelled %s', (seconds, text) => {
  expect(describeTick(seconds)).toBe(text);
});

it.each([
  [0, '0 bytes', '0 bytes'],
  [1, '1 byte', '1 byte'],
  [1023, '1,023 bytes', '1,023 bytes'],
  [1024, '1.0 KiB', '1.0 KiB (1,024 bytes)'],
  [31_769, '31.0 KiB', '31.0 KiB (31,769 bytes)'],
  [123_456, '120.6 KiB', '120.6 KiB (123,456 bytes)'],
  [1024 ** 2 - 1, '1.0 MiB', '1.0 MiB (1,048,575 bytes)'],
  [5 * 1024 ** 3, '5.0 GiB', '5.0 GiB (5,368,709,120 bytes)'],
  [3000 * 1024 ** 4, '3000.0 TiB', '3000.0 TiB (3,298,534,883,328,000 bytes)'],
])('%d bytes are %s', (bytes, short, exact) => {
  expect(describeBytes(bytes)).toBe(short);
  expect(describeExactBytes(bytes)).toBe(exact);
  expect(exactBytes(bytes)).toBe(exact.replace(/^.*\((.*)\)$/, '$1'));
});

it('counts are read at a glance', () => {
  expect([1, 999, 1000, 1_234_567].map(groupDigits)).toEqual(['1', '999', '1,000', '1,234,567']);
  expect([countOf(1, 'write'), countOf(0, 'write'), countOf(2, 'entry', 'entries')]).toEqual([
    '1 write',
    '0 writes',
    '2 entries',
  ]);
});

/** Handed to another process as text, so it can ask no other file. */
const standsAlone = 'systems/processes/supervised/supervise.ts';

it('no other file puts a unit of time or size behind a number', () => {
  const folders = ['activities', 'client', 'domain', 'infra', 'systems', 'worker', 'workflows'];
  const files = execFileSync('git', ['ls-files', '--', ...folders.map((folder) => `${folder}/*.ts`)], {
    encoding: 'utf8',
  });
  const unit = /\} (?:s|ms|seconds|min|bytes|KiB|MiB|GiB|MB|GB)\b/;
  const offenders = files
    .split('\n')
    .filter((file) => file !== '' && file !== 'domain/units.ts' && file !== standsAlone)
    .filter((file) => unit.test(readFileSync(file, 'utf8')));
  expect(offenders).toEqual([]);
});
