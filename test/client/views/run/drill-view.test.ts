import { describe, expect, it } from 'vitest';
import { createDrillView } from '../../../../client/views/run/drill-view.js';
import { plain } from '../../../../client/views/text.js';
import { exampleReport, exampleStatus } from '../../../domain/report/example-report.js';
import { collect } from '../../test-context.js';

describe('the view of a running drill', () => {
  it('prints each phase once, when it has ended, where there is no terminal', () => {
    const output = collect();
    const view = createDrillView(output, plain);
    view.note('Begin');
    view.show(exampleStatus());
    view.show(exampleStatus());
    view.show(exampleStatus({ phases: exampleReport().phases }));
    view.end();
    expect(output.text()).toBe(
      'Begin\n✔ provision  7.5 s  (2 attempts)\n✔ approval   20.0 s  (20.0 s waiting for a person)\n',
    );
  });

  it('leaves the last state and a stopped clock on a terminal', () => {
    const output = collect({ columns: 100 });
    const view = createDrillView(output, plain);
    view.show(exampleStatus());
    view.note('something to keep');
    const report = exampleReport();
    view.show(exampleStatus({ phases: report.phases, waitingFor: undefined, report }));
    view.end();
    view.end();
    const text = output.text();
    expect(text).toContain('something to keep');
    expect(text.lastIndexOf('on lane local  40.0 s')).toBeGreaterThan(0);
  });

  it('leaves the terminal alone while somebody is asked', () => {
    const output = collect({ columns: 100 });
    const view = createDrillView(output, plain);
    view.show(exampleStatus());
    view.pause();
    const before = output.text();
    view.show(exampleStatus());
    expect(output.text()).toBe(before);
    view.resume();
    view.show(exampleStatus());
    expect(output.text().length).toBeGreaterThan(before.length);
    view.end();
  });
});
