import { expect, it } from 'vitest';
import { countOf, describeBytes, describeSeconds, groupDigits } from '../../domain/units.js';

it.each([
  [0, '0.0 s'],
  [0.34, '340 ms'],
  [8.44, '8.4 s'],
  [60, '1 min 00 s'],
  [125.4, '2 min 05 s'],
  [3600, '1 h 00 min'],
  [11_399, '3 h 10 min'],
  [7199, '2 h 00 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(describeSeconds(seconds)).toBe(text);
});

it('sizes and counts are read at a glance', () => {
  expect([0, 1023, 1024, 123_456, 5 * 1024 ** 3].map(describeBytes)).toEqual([
    '0 bytes',
    '1023 bytes',
    '1.0 KiB',
    '120.6 KiB',
    '5.0 GiB',
  ]);
  expect([1, 999, 1000, 1_234_567].map(groupDigits)).toEqual(['1', '999', '1,000', '1,234,567']);
  expect([countOf(1, 'write'), countOf(0, 'write'), countOf(2, 'entry', 'entries')]).toEqual([
    '1 write',
    '0 writes',
    '2 entries',
  ]);
});
