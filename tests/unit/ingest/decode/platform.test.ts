import { describe, expect, it } from 'vitest';
import type { PlatformState } from '../../../../src/domain/device.js';
import {
  declaredPlatform,
  detectPlatform,
  type PlatformSign,
  signOfGravity,
} from '../../../../src/ingest/decode/platform.js';

const LIKE_IOS: PlatformSign = { name: 'ios', isProof: false };
const LIKE_ANDROID: PlatformSign = { name: 'android', isProof: false };
const PROOF_OF_ANDROID: PlatformSign = { name: 'android', isProof: true };

const infoAfter = (...signs: (PlatformSign | undefined)[]) =>
  signs.reduce<PlatformState | undefined>((state, sign) => detectPlatform(state, sign), undefined)?.info;

describe(detectPlatform, () => {
  it('assumes Android without evidence', () => {
    expect(infoAfter(undefined)).toEqual({ name: 'android', from: 'assumed' });
  });

  it('takes the first evidence', () => {
    expect(infoAfter(undefined, LIKE_IOS)).toMatchObject({ name: 'ios', from: 'detected' });
    expect(infoAfter(LIKE_ANDROID)).toMatchObject({ name: 'android', from: 'detected' });
  });

  it('keeps what was detected when a message says nothing', () => {
    expect(infoAfter(LIKE_IOS, undefined, undefined)).toMatchObject({ name: 'ios', from: 'detected' });
  });

  it('is not changed by fewer contradictions than confirmations', () => {
    expect(infoAfter(LIKE_IOS, LIKE_IOS, LIKE_IOS, LIKE_ANDROID, LIKE_ANDROID)).toMatchObject({
      name: 'ios',
    });
    expect(infoAfter(LIKE_IOS, LIKE_IOS, LIKE_ANDROID, LIKE_ANDROID)).toMatchObject({ name: 'android' });
  });

  it('needs at most ten contradictions', () => {
    const long = Array.from({ length: 1000 }, () => LIKE_IOS);
    const contradictions = Array.from({ length: 10 }, () => LIKE_ANDROID);
    expect(infoAfter(...long, ...contradictions.slice(1))).toMatchObject({ name: 'ios' });
    expect(infoAfter(...long, ...contradictions)).toMatchObject({ name: 'android' });
  });

  it('lets proof win at once and for good', () => {
    expect(infoAfter(LIKE_IOS, LIKE_IOS, PROOF_OF_ANDROID)).toMatchObject({
      name: 'android',
      from: 'detected',
    });
    expect(infoAfter(PROOF_OF_ANDROID, ...Array.from({ length: 50 }, () => LIKE_IOS))).toMatchObject({
      name: 'android',
    });
  });
});

describe(declaredPlatform, () => {
  it('is what it says', () => {
    expect(declaredPlatform('ios').info).toEqual({ name: 'ios', from: 'declared' });
  });
});

describe(signOfGravity, () => {
  const samples = (...xyz: [number, number, number][]) => Float32Array.from(xyz.flat());

  it('takes a magnitude of about 1 for an iPhone in g', () => {
    expect(signOfGravity(samples([0.1, -0.2, -0.98], [0, 0, -1.02]))).toEqual(LIKE_IOS);
  });

  it('takes a magnitude of about 9.8 for m/s²', () => {
    expect(signOfGravity(samples([0.1, 5, 8.4]))).toEqual(LIKE_ANDROID);
  });

  it('is not misled by a few samples', () => {
    expect(signOfGravity(samples([0, 0, 1], [0, 0, 9.8], [0, 0, 9.7], [0, 9.9, 0], [0, 0, 1]))).toEqual(
      LIKE_ANDROID,
    );
  });

  it('says nothing of anything else', () => {
    expect(signOfGravity(samples([0, 0, 4]))).toBeUndefined();
    expect(signOfGravity(samples([0, 0, 30]))).toBeUndefined();
    expect(signOfGravity(samples([0, 0, 0]))).toBeUndefined();
    expect(signOfGravity(samples())).toBeUndefined();
  });
});
