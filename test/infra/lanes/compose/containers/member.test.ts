import { expect, it } from 'vitest';
import { membershipIn } from '../../../../../infra/lanes/compose/containers/member.js';

const inside = { OPENBAO_DR_COMPOSE_FILES: '/lanes', OPENBAO_DR_COMPOSE_KEEPER: 'http://keeper:7070' };

it('is told by the environment of the container', () => {
  expect(membershipIn(inside, 'compose')).toEqual({ files: '/lanes', keeper: 'http://keeper:7070' });
  expect(membershipIn({}, 'compose')).toBeUndefined();
  expect(membershipIn({ ...inside, OPENBAO_DR_COMPOSE_KEEPER: '' }, 'compose')).toBeUndefined();
});

it('is of one lane: a member is not asked for another', () => {
  expect(() => membershipIn(inside, 'compose-blue')).toThrow(/is a container of lane compose/);
});
