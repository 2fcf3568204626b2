import { describe, expect, it } from 'vitest';
import { type LeftPair, planUndo, type UndoStep } from '../../../domain/run/undo.js';

const at = '2026-01-01T00:00:00.000Z';
const pair = (left: Partial<LeftPair>): LeftPair => ({
  clientsAt: 'source',
  targetMayAnswer: false,
  sourceAnswers: false,
  ...left,
});

describe('what gives clients back', () => {
  it.each<[string, LeftPair, readonly UndoStep[]]>([
    ['nothing, of a pair as it should be', pair({}), []],
    ['behind the fence', pair({ fenced: { source: at } }), ['open-source', 'see-clients']],
    ['after a loss', pair({ lost: { source: at }, fenced: { source: at } }), ['recover-source', 'see-clients']],
    [
      'of clients on the target',
      pair({ clientsAt: 'target', fenced: { source: at } }),
      ['fence-target', 'open-source', 'move-clients', 'see-clients', 'open-target'],
    ],
    [
      'of clients on the target whose source is lost',
      pair({ clientsAt: 'target', lost: { source: at } }),
      ['fence-target', 'recover-source', 'move-clients', 'see-clients', 'open-target'],
    ],
    [
      'of a way back that was half gone: never are both open',
      pair({ clientsAt: 'target', fenced: { target: at } }),
      ['fence-target', 'move-clients', 'see-clients', 'open-target'],
    ],
    [
      'of a way back whose last step is missing: clients are seen once more',
      pair({ fenced: { target: at }, sourceAnswers: true }),
      ['see-clients', 'open-target'],
    ],
    [
      'of a way back that was recorded before the name followed: it may still lead to the fenced target',
      pair({ fenced: { target: at } }),
      ['fence-target', 'move-clients', 'see-clients', 'open-target'],
    ],
    [
      'of a way back that ended between its two fences',
      pair({ fenced: { source: at, target: at } }),
      ['fence-target', 'open-source', 'move-clients', 'see-clients', 'open-target'],
    ],
    [
      "of clients that were moved behind the record's back",
      pair({ targetMayAnswer: true }),
      ['fence-target', 'move-clients', 'see-clients', 'open-target'],
    ],
  ])('%s', (_, left, steps) => {
    expect(planUndo(left)).toEqual(steps);
  });
});
