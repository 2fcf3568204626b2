import { expect, it } from 'vitest';
import { isUnindexed } from '../../../domain/contract/search-attributes.js';

it('does without search attributes where the environment says none, and refuses any other word', () => {
  expect(isUnindexed({})).toBe(false);
  expect(isUnindexed({ OPENBAO_DR_SEARCH_ATTRIBUTES: 'none' })).toBe(true);
  expect(() => isUnindexed({ OPENBAO_DR_SEARCH_ATTRIBUTES: 'off' })).toThrow(
    'OPENBAO_DR_SEARCH_ATTRIBUTES is "off": set it to none to do without search attributes, or leave it out.',
  );
});
