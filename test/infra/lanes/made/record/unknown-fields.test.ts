import { expect, it } from 'vitest';
import { noteUnknownFields } from '../../../../../infra/lanes/made/record/unknown-fields.js';

interface Known {
  name: string;
  fenced?: { source?: string };
  move?: { to: string };
  processes: Record<string, { pid: number }>;
}

const written = {
  name: 'blue',
  color: 'red',
  fenced: { source: '2026-01-01', why: 'a newer version knows' },
  move: { to: 'target', ticket: 7 },
  processes: { edge: { pid: 1, cpu: 2 }, bao: { pid: 3 } },
};
const known = (): Known => ({
  name: 'blue',
  fenced: { source: '2026-01-01' },
  move: { to: 'target' },
  processes: { edge: { pid: 1 }, bao: { pid: 3 } },
});

it('keeps what a newer version has written, wherever it stands', () => {
  const record = known();
  expect(noteUnknownFields(record, written)(record)).toEqual(written);
});

it('keeps it beside what is changed, and brings back nothing that is removed', () => {
  const record = known();
  const complete = noteUnknownFields(record, written);
  record.name = 'green';
  delete record.fenced!.source;
  delete record.processes['edge'];
  expect(complete(record)).toEqual({
    ...written,
    name: 'green',
    fenced: { why: 'a newer version knows' },
    processes: { bao: { pid: 3 } },
  });
});

it('says nothing of an old object about a new one in its place', () => {
  const record = known();
  const complete = noteUnknownFields(record, written);
  record.move = { to: 'source' };
  expect(complete(record)).toEqual({ ...written, move: { to: 'source' } });
});

it('lets a change have the last word on a field that it knows after all', () => {
  const record = known();
  const complete = noteUnknownFields(record, written);
  expect(complete(Object.assign(record, { color: 'blue' }))).toEqual({ ...written, color: 'blue' });
});
