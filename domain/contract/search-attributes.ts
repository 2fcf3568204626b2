import { defineSearchAttributeKey } from '@temporalio/common';
import { searchAttributeNames } from './contract.js';
import { KnownFailure } from '../known-failure.js';

/** Typed keys of the drill's search attributes. Never encrypted: they hold names of lanes, phases and results only. */
export const drillLane = defineSearchAttributeKey(searchAttributeNames.lane, 'KEYWORD');
export const drillPhase = defineSearchAttributeKey(searchAttributeNames.phase, 'KEYWORD');
export const drillResult = defineSearchAttributeKey(searchAttributeNames.result, 'KEYWORD');

/**
 * Reads `OPENBAO_DR_SEARCH_ATTRIBUTES`: whether runs do without search attributes and keep the same facts in their memo, which
 * needs no preparation of the namespace.
 *
 * @throws KnownFailure `InvalidSetting`: the value is not `none`.
 */
export const isUnindexed = (environment: Readonly<Record<string, string | undefined>>): boolean => {
  const setting = environment['OPENBAO_DR_SEARCH_ATTRIBUTES'];
  if (setting === undefined || setting === '') return false;
  if (setting === 'none') return true;
  throw new KnownFailure(
    'InvalidSetting',
    `OPENBAO_DR_SEARCH_ATTRIBUTES is ${JSON.stringify(setting)}: set it to none to do without search attributes, or leave it out.`,
  );
};
