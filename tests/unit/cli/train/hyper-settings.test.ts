import { describe, expect, it } from 'vitest';
import { describeHyperParameters, parseHyperSettings } from '../../../../src/cli/train/train-flags.js';
import { hyperParametersSchema } from '../../../../src/training/motion/network/hyper-parameters.js';

describe('parseHyperSettings', () => {
  it('reads numbers and words over the defaults; the last setting counts', () => {
    const hyper = parseHyperSettings(['hyper.epochs=3', 'hyper.centre=window', 'hyper.epochs=4']);
    expect(hyper).toMatchObject({ epochs: 4, centre: 'window' });
  });

  it('has the paper’s values by default', () => {
    expect(parseHyperSettings([])).toMatchObject({
      convolutions: 3,
      lstmLayers: 2,
      cells: 128,
      initialStd: 0.1,
      batchSize: 128,
      learningRate: 0.001,
      learningRateDecay: 0.99,
      dropout: 0.5,
    });
  });

  it.each([
    'epochs=3',
    'hyper.epochs',
    'hyper.epochs=many',
    'hyper.epochs=0',
    'hyper.unknown=1',
    'hyper.kernelSamples=4',
  ])('refuses %s as wrong usage', (setting) => {
    expect(() => parseHyperSettings([setting])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('lists every problem', () => {
    expect(() => parseHyperSettings(['hyper.epochs=0', 'hyper.cells=-1'])).toThrow(/cells[\s\S]*epochs/);
  });
});

describe('describeHyperParameters', () => {
  it('has a line with default and meaning for each', () => {
    const lines = describeHyperParameters()
      .split('\n')
      .filter((line) => line.includes('hyper.'));
    expect(lines.length).toBe(Object.keys(hyperParametersSchema.shape).length);
    expect(lines.every((line) => /^ {2}hyper\.\w+(=\S+)? {2}\S/.test(line))).toBe(true);
    expect(lines).toContainEqual(expect.stringMatching(/hyper\.batchSize=128 /));
  });
});
