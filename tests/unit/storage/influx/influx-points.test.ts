import { describe, expect, it } from 'vitest';
import { apparelPoint, statusPoint, windowPoint } from '../../../../src/storage/influx/influx-points.js';
import { makeApparel, makeStatus, makeWindow } from '../../../helpers/make-results.js';

describe('points of InfluxDB', () => {
  it('have device and model of a window as tags, and its end as their time, in microseconds', () => {
    expect(windowPoint(makeWindow({ endMs: 1_698_501_144_401.773 }))).toEqual({
      measurement: 'presence_window',
      tags: { device: 'phone-1', model: 'accompany-demo' },
      fields: {
        start_ms: 1_700_000_000_000,
        coverage: 0.98,
        mean_delta_ms: 3.25,
        max_delta_ms: 11.5,
        accompanied: 0.91,
        conversation: 0.27,
      },
      timestamp: '1698501144401773',
    });
  });

  it('have device and target of a status as tags', () => {
    expect(statusPoint(makeStatus({ atMs: 5 }))).toEqual({
      measurement: 'presence_status',
      tags: { device: 'phone-1', target: 'accompanied' },
      fields: { status: 'yes', confidence: 0.88 },
      timestamp: '5000',
    });
  });

  it('have device and label of apparel as tags, with names made safe', () => {
    expect(apparelPoint(makeApparel({ label: 'a\nb', atMs: 5 }))).toEqual({
      measurement: 'apparel',
      tags: { device: 'phone-1', label: 'a%0Ab' },
      fields: { probability: 0.7 },
      timestamp: '5000',
    });
  });
});
