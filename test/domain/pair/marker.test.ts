import { describe, expect, it } from 'vitest';
import { describeMarker, isMarker, markerApiPath, markerOf } from '../../../domain/pair/marker.js';

describe('the control marker', () => {
  it('tells the two sides apart', () => {
    expect(markerOf('source', 'd1').marker).toBe('phase1-source');
    expect(markerOf('target', 'd1').marker).toBe('phase1-target');
    expect(isMarker({ ...markerOf('target', 'd1') }, markerOf('source', 'd1'))).toBe(false);
  });

  it('is that of this drill, not of an earlier one', () => {
    expect(isMarker({ ...markerOf('source', 'd1') }, markerOf('source', 'd1'))).toBe(true);
    expect(isMarker({ ...markerOf('source', 'd0') }, markerOf('source', 'd1'))).toBe(false);
  });

  it('is not found where nothing is', () => {
    expect(isMarker(undefined, markerOf('source', 'd1'))).toBe(false);
    expect(describeMarker(undefined)).toBe('no marker');
  });

  it('is described by what was found', () => {
    expect(describeMarker({ ...markerOf('source', 'd1') })).toBe('marker phase1-source of drill d1');
  });

  it('lives where the published lane has it', () => {
    expect(markerApiPath).toBe('secret/data/dr-control');
  });
});
