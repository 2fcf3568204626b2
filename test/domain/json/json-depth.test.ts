import { expect, it } from 'vitest';
import { isDeeperThan } from '../../../domain/json/json-depth.js';

it.each([
  ['no level more than allowed', '[{"a":[1]}]', false],
  ['a level too many', '[{"a":[[1]]}]', true],
  ['many beside each other', `[${'[],'.repeat(1_000)}[]]`, false],
  ['brackets in texts', '["[[[[{{{{", "\\"[[[["]', false],
  ['a text that ends in a backslash', '["\\\\", [[[1]]]]', true],
  ['two million levels', '['.repeat(2_000_000), true],
  ['a text of millions of escapes', `"${'\\"'.repeat(5_000_000)}"`, false],
])('counts the levels of JSON: %s', (_, text, deeper) => {
  expect(isDeeperThan(text, 3)).toBe(deeper);
});
