import { describe, expect, it } from 'vitest';
import { renderUndone, renderUndoPreview } from '../../../../client/views/run/undo-view.js';

const at = '2026-01-01T00:00:00.000Z';
const cutover = { way: 'edge', timeoutSeconds: 60 } as const;

describe('what an undo says', () => {
  it('does not believe a record that has the clients at the source when their name is not answered there', () => {
    const preview = renderUndoPreview({
      lane: 'local',
      world: { clientsAt: 'source', fenced: { target: at } },
      answeredBy: 'nobody',
      steps: ['fence-target', 'move-clients', 'see-clients', 'open-target'],
      cutover,
    });
    expect(preview).toContain(
      "Clients may still be led to the target: the lane's record has them at the source, and their name is answered by no server.",
    );
    expect(preview).not.toContain('Clients are served by the source');
  });

  it('claims no success when somebody else answers after the last step', () => {
    const steps = [{ step: 'open-target', outcome: 'done', tookMs: 1 }] as const;
    const said = renderUndone('local', { outcome: 'failed', steps, answeredBy: 'target' });
    expect(said).toBe(
      "Not undone. Every step was done, and the name of lane local's clients is answered by the target, not by the source. " +
        'Find what moves it, then run `openbao-dr undo local` again.',
    );
  });

  it('says who answers when there is nothing that it could undo', () => {
    const said = renderUndone('local', { outcome: 'nothing-to-do', steps: [], answeredBy: 'stranger' });
    expect(said).toContain('their name is answered by a server that is neither side. Move it to the source.');
  });
});
