import { defineSearchAttributeKey } from '@temporalio/common';
import { searchAttributeNames } from './contract.js';

/** Typed keys of the drill's search attributes. Never encrypted: they hold names of lanes, phases and results only. */
export const drillLane = defineSearchAttributeKey(searchAttributeNames.lane, 'KEYWORD');
export const drillPhase = defineSearchAttributeKey(searchAttributeNames.phase, 'KEYWORD');
export const drillResult = defineSearchAttributeKey(searchAttributeNames.result, 'KEYWORD');
