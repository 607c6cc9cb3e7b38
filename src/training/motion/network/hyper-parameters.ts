import { z } from 'zod';
import { UNKNOWN_AS } from '../data/window-labels.js';

/** The paper does not say how long it trained. */
const DEFAULT_STEPS = 1000;
const DEFAULT_EPOCHS = { least: 6, most: 60 };

const share = z.number().min(0).max(1);

/**
 * Everything about training that is chosen, with the paper's value as the default where it gives one (Kim et al. 2019;
 * see DESIGN, "What it comes from").
 */
export const hyperParametersSchema = z
  .object({
    samplingRateHz: z.number().positive().max(1000).default(50).describe('Rate of the common time grid'),
    sizeSamples: z.int().min(8).max(4096).default(128).describe('Length of a window'),
    strideSamples: z
      .int()
      .min(1)
      .max(4096)
      .default(64)
      .describe('Distance between the starts of two windows'),
    centre: z
      .enum(['none', 'window'])
      .default('none')
      .describe(
        'window: subtract each channel’s mean over the window, so that offsets of sensors and posture vanish',
      ),
    compression: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .describe(
        'Movements beyond this many standard deviations of the channel count logarithmically, so that small ones are seen beside large ones; 0 means not',
      ),
    labelShare: share
      .default(0.5)
      .describe(
        'A window has the label that holds for more than this share of it; at 1 the label must hold throughout, and no window crosses the border of a label',
      ),
    unknownAs: z
      .enum(UNKNOWN_AS)
      .default('left-out')
      .describe('no: time without a yes-or-no label teaches “no”; left-out: it teaches nothing'),
    assumedWeight: share
      .default(1)
      .describe(
        'What a window that is “no” by `unknownAs` counts in the loss; less than 1 tells what is labelled more sharply',
      ),
    minCoverage: share.default(0.75).describe('Windows with a smaller share of present samples are left out'),

    convolutions: z.int().min(0).max(8).default(3).describe('Convolutions over time, with ReLU'),
    filters: z.int().min(1).max(512).default(64).describe('Filters of each convolution'),
    kernelSamples: z
      .int()
      .min(1)
      .max(31)
      .refine((size) => size % 2 === 1, 'must be odd')
      .default(5)
      .describe('Width of each convolution'),
    poolSamples: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe(
        'Steps behind the convolutions that are averaged into one for the LSTM layers; 1 means none, as in the paper',
      ),
    lstmLayers: z.int().min(1).max(4).default(2).describe('LSTM layers'),
    cells: z.int().min(1).max(512).default(128).describe('Cells of each LSTM layer'),
    readout: z
      .enum(['last', 'mean'])
      .default('last')
      .describe(
        'What the heads read of the last LSTM layer: its last step, or the mean of all, which learns lasting states faster',
      ),
    spectraSamples: z
      .int()
      .min(0)
      .max(4096)
      .default(0)
      .describe(
        'A second branch looks at the spectra of segments of so many samples, half overlapping, and has an equal say; 0 means none, as in the paper',
      ),
    spectraUnits: z.int().min(1).max(512).default(64).describe('Units of its hidden layer'),
    initialStd: z.number().positive().default(0.1).describe('Weights start from N(0, this)'),
    forgetBias: z.number().default(0).describe('Start of the forget gates’ bias'),

    batchSize: z.int().min(1).max(4096).default(128).describe('Windows a step'),
    epochs: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe(
        `Passes over the training data, at most; by default as many as ${DEFAULT_STEPS} steps take, from ${DEFAULT_EPOCHS.least} to ${DEFAULT_EPOCHS.most}`,
      ),
    learningRate: z.number().positive().default(0.001).describe('Of Adam, in the first epoch'),
    learningRateDecay: z.number().positive().max(1).default(0.99).describe('Factor an epoch'),
    dropout: z
      .number()
      .min(0)
      .max(0.95)
      .default(0.5)
      .describe('Share of the first LSTM layer’s inputs set to zero'),
    gradientClip: z.number().min(0).default(0).describe('Largest norm of the gradient; 0 means no limit'),
    weightDecay: z
      .number()
      .min(0)
      .default(0)
      .describe('Decoupled from the gradient (AdamW), times the learning rate'),
    weightAveraging: z
      .number()
      .min(0)
      .max(0.9999)
      .default(0)
      .describe('Weights used are a running mean with this factor a step; 0 means the latest weights'),
    labelSmoothing: z
      .number()
      .min(0)
      .max(0.5)
      .default(0)
      .describe('Share of each label spread over all classes'),
    classWeights: z
      .enum(['none', 'balanced'])
      .default('none')
      .describe('balanced: a window counts by the inverse frequency of its class'),
    activityWeight: z
      .number()
      .min(0)
      .default(0)
      .describe(
        'Weight of an auxiliary head that learns the activity and is dropped afterwards; 0 means none',
      ),

    detailWeight: z
      .number()
      .min(0)
      .default(0)
      .describe('The same of a head that learns the label field `detail`'),
    threshold: share
      .default(0.5)
      .describe('Targets of yes or no: yes from this probability on, when measured and when served'),

    validationShare: z
      .number()
      .min(0)
      .max(0.5)
      .default(0)
      .describe(
        'Share of the training subjects held back to choose the best epoch; 0 means the last epoch counts',
      ),
    patience: z
      .int()
      .min(1)
      .default(5)
      .describe('Epochs without improvement on the validation subjects before the end'),

    noise: z
      .number()
      .min(0)
      .default(0)
      .describe('Augmentation: noise a sample, in standard deviations of the channel'),
    offset: z.number().min(0).default(0).describe('Augmentation: offset a channel and window, likewise'),
    scale: z.number().min(0).default(0).describe('Augmentation: factor a channel and window, 1 ± this'),
    rotationDegrees: z
      .number()
      .min(0)
      .max(180)
      .default(0)
      .describe('Augmentation: turn of all sensors, at most'),
    halfTurns: share
      .default(0)
      .describe(
        'Augmentation: probability that all sensors are turned by 180° about one of their axes, as when a phone sits in the pocket the other way round',
      ),
    timeWarp: z
      .number()
      .min(0)
      .max(0.5)
      .default(0)
      .describe('Augmentation: speed changes within a window, 1 ± this'),
    sensorDropout: share
      .default(0)
      .describe('Augmentation: probability that a sensor is missing from a window'),

    seed: z.int().min(0).default(1).describe('Of everything random'),
  })
  .strict()
  .refine(({ sizeSamples, poolSamples }) => sizeSamples % poolSamples === 0, {
    path: ['poolSamples'],
    message: 'must divide sizeSamples',
  })
  .refine(({ sizeSamples, spectraSamples }) => isSegment(spectraSamples, sizeSamples), {
    path: ['spectraSamples'],
    message: 'must be 0, or at least 4 and at most sizeSamples',
  });

function isSegment(samples: number, windowSamples: number): boolean {
  return samples === 0 || (samples >= 4 && samples <= windowSamples);
}

export type HyperParameters = Readonly<z.infer<typeof hyperParametersSchema>>;

/** Passes over a data set of so many windows, the same for every fold of it. */
export function epochsOf(
  { epochs, batchSize }: Pick<HyperParameters, 'epochs' | 'batchSize'>,
  windows: number,
): number {
  if (epochs !== undefined) return epochs;
  const wanted = Math.round(DEFAULT_STEPS / Math.ceil(windows / batchSize));
  return Math.min(DEFAULT_EPOCHS.most, Math.max(DEFAULT_EPOCHS.least, wanted));
}
