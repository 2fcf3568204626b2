import { describe, expect, it } from 'vitest';
import { assertRoomAllowed } from '../../../domain/recovery/room-kind.js';

const acting = { dynamicLeases: 1, engines: ['database roles'], unknownMounts: 2 };

describe('a snapshot that acts on the world', () => {
  it('may be restored into a sealed room', () => {
    assertRoomAllowed('sealed', acting);
  });

  it.each([undefined, ' '])('is refused by an open room without a word on the risk (%j)', (acceptRisk) => {
    expect(() => assertRoomAllowed('open', acting, acceptRisk)).toThrow(
      'In an open room the copy could act on the world as if it were the original (1 dynamic lease, database roles, 2 mounts that may be of any engine): ' +
        'restore it in a sealed room, or write in acceptRisk why this one may.',
    );
  });

  it('may be restored into an open room whose risk is accepted', () => {
    assertRoomAllowed('open', acting, 'a copy of test data');
  });

  it('may be restored into an open room if nothing in it acts', () => {
    assertRoomAllowed('open', { dynamicLeases: 0, engines: [] });
  });
});
