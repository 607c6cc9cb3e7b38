import { describe, expect, it } from 'vitest';
import type { KnownPlacement } from '../../../../src/domain/samples.js';
import type { SequenceManifest } from '../../../../src/inference/models/manifest.js';
import { competitionsAmong, isWornElsewhere, tellerOf } from '../../../../src/inference/models/tellers.js';
import { tinyManifest } from '../../../helpers/tiny-model.js';

const MANIFEST = tinyManifest();

function model(
  name: string,
  placement: SequenceManifest['placement'],
  ...targets: string[]
): SequenceManifest {
  const like = MANIFEST.targets.slice(0, 1);
  return {
    ...MANIFEST,
    name,
    placement,
    targets: like.flatMap((one) => targets.map((name) => ({ ...one, name }))),
  };
}

const CHEST = model('chest', 'chest', 'conversation');
const WRIST = model('wrist', 'wrist', 'conversation');
const ANY = model('any', 'any', 'activity', 'conversation');

describe(tellerOf, () => {
  it.each<[KnownPlacement, string | undefined]>([
    ['chest', 'chest'],
    ['wrist', 'wrist'],
    ['pocket', undefined],
    ['any', undefined],
    ['assumed', 'chest'],
  ])('of a device worn at %s it is %s', (worn, name) => {
    expect(tellerOf([CHEST, WRIST], 'conversation', worn)?.name).toBe(name);
  });

  it('is a model for every place where none of the others is made for the place', () => {
    expect(tellerOf([CHEST, ANY], 'conversation', 'pocket')?.name).toBe('any');
    expect(tellerOf([CHEST, ANY], 'conversation', 'chest')?.name).toBe('chest');
    expect(tellerOf([ANY, CHEST], 'conversation', 'chest')?.name).toBe('any');
  });
});

describe(isWornElsewhere, () => {
  it('is no device of which nobody has said anything, and none of a target that nobody tells', () => {
    expect(isWornElsewhere([CHEST, WRIST], 'conversation', 'hand')).toBe(true);
    expect(isWornElsewhere([CHEST, WRIST], 'conversation', 'wrist')).toBe(false);
    expect(isWornElsewhere([CHEST], 'conversation', 'assumed')).toBe(false);
    expect(isWornElsewhere([CHEST], 'activity', 'hand')).toBe(false);
  });
});

describe(competitionsAmong, () => {
  it('names models that never set a status, since one before them tells the same of the same devices', () => {
    expect(competitionsAmong([CHEST, { ...CHEST, name: 'second' }])).toEqual([
      { target: 'conversation', placement: 'chest', first: 'chest', unheard: 'second' },
    ]);
    expect(competitionsAmong([ANY, WRIST])).toEqual([
      { target: 'conversation', placement: 'wrist', first: 'any', unheard: 'wrist' },
    ]);
  });

  it('names none where the places differ, or where a model for every place comes last', () => {
    expect(competitionsAmong([CHEST, WRIST, ANY])).toEqual([]);
  });
});
