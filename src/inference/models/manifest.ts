import { z } from 'zod';
import type { DeviceId } from '../../domain/ids.js';
import { AXES, STATED_PLACEMENTS } from '../../domain/samples.js';

/** Sensors a model may name in its channels; which stream serves `accelerometer` follows from `gravity` and the unit. */
export const MODEL_SENSORS = ['accelerometer', 'gyroscope', 'magnetometer'] as const;
export type ModelSensor = (typeof MODEL_SENSORS)[number];

/** A file of a model folder; without a path, so that it cannot lie elsewhere. */
export const FILE_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** Name of the network that finds people in a model folder. */
export const PEOPLE_FILE = 'people.onnx';
/** How the description of simulated recordings begins. */
export const SIMULATED_DATA = 'Simulated phones:';

const SHA256_PATTERN = /^[0-9a-f]{64}$/;
const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,63}$/;
const CHANNEL_PATTERN = new RegExp(`^(${MODEL_SENSORS.join('|')})\\.(${AXES.join('|')})$`);

const provenanceSchema = z
  .object({
    data: z.string().describe('What it was trained on'),
    licence: z.string().describe('Licence of the weights'),
    protocol: z.string().describe('How the figures were measured, for example leave-one-subject-out'),
    metrics: z.record(z.string(), z.number()).describe('Figures by name, each measured under the protocol'),
    trainedAt: z.string().optional().describe('ISO 8601 date'),
    command: z.string().optional().describe('Command line that trains it again'),
    simulated: z
      .boolean()
      .optional()
      .describe('true: made on simulated people only; says nothing of real ones'),
  })
  .strict();

const commonShape = {
  name: z.string().regex(NAME_PATTERN, 'lower-case letters, digits and "-", at most 64'),
  version: z.string().min(1).max(64),
  file: z
    .string()
    .regex(FILE_PATTERN, 'a file name inside the model folder, without a path')
    .describe('model.onnx, or model.json of a tf.layers model'),
  sha256: z.string().regex(SHA256_PATTERN, 'SHA-256 of the file, 64 lower-case hex digits'),
  weights: z
    .record(
      z.string().regex(FILE_PATTERN),
      z.string().regex(SHA256_PATTERN, 'SHA-256, 64 lower-case hex digits'),
    )
    .optional()
    .describe(
      'SHA-256 of each weight file that model.json of a tf.layers model names, or that an ONNX model keeps values in',
    ),
  provenance: provenanceSchema,
};

const filterSchema = z
  .object({
    calibration: z
      .array(z.object({ slope: z.number().positive(), bias: z.number() }).strict())
      .optional()
      .describe(
        'One a class: the logarithm of its probability times slope plus bias, made to sum to 1 over the classes again, is calibrated; without it statuses are smoothed',
      ),
    shares: z
      .array(z.number().gt(0).lt(1))
      .refine((shares) => Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 0.01, 'must sum to 1')
      .describe('One a class: its share of time, 0..1'),
    meanDurationMs: z.number().positive().describe('How long a class lasts on average, milliseconds'),
    independentMs: z
      .number()
      .nonnegative()
      .describe(
        'Windows that end so far apart count in full, milliseconds; nearer ones are alike and count in proportion',
      ),
    certainty: z
      .array(z.number().min(0.5).lt(1))
      .describe(
        'One a class: the belief from which it is said in place of another; out of unknown the least is enough',
      ),
  })
  .strict()
  .describe('Turns probabilities into a status that does not flap; learnt from labelled recordings');

const targetSchema = z
  .object({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    output: z.string().min(1).describe('Name of the output tensor, shape [batch, classes], softmax'),
    classes: z.array(z.string().min(1)).min(2).describe('In the order of the output; binary: negative first'),
    threshold: z.number().min(0).max(1).default(0.5).describe('Binary targets: positive from here on'),
    filter: filterSchema.optional(),
  })
  .strict()
  .superRefine(({ classes, filter }, context) => {
    for (const key of ['calibration', 'shares', 'certainty'] as const) {
      const values = filter?.[key] ?? classes;
      if (values.length === classes.length) continue;
      const message = `has ${values.length} values for ${classes.length} classes`;
      context.addIssue({ code: 'custom', path: ['filter', key], message });
    }
  });

export const sequenceManifestSchema = z
  .object({
    ...commonShape,
    kind: z.literal('sequence'),
    input: z.string().min(1).describe('Name of the input tensor, shape [batch, sizeSamples, channels]'),
    channels: z.array(z.string().regex(CHANNEL_PATTERN, 'sensor.axis, for example accelerometer.x')).min(1),
    placement: z
      .enum(STATED_PLACEMENTS)
      .default('any')
      .describe('Where the sensor must be worn; any: the model was made for every place, or nobody said'),
    gravity: z
      .enum(['included', 'removed', 'any'])
      .describe('What accelerometer channels hold; "any": trained on both, takes what the phone sends'),
    accelerometerUnit: z.enum(['m/s2', 'adc']).default('m/s2').describe('adc: raw converter counts'),
    samplingRateHz: z.number().positive().max(1000),
    sizeSamples: z.int().positive().max(4096),
    strideSamples: z.int().positive().max(4096),
    centre: z
      .enum(['none', 'window'])
      .default('none')
      .describe('window: each channel is centred on its mean over the window before scaling'),
    knee: z
      .array(z.number().positive())
      .optional()
      .describe(
        'One a channel, in its unit: after centring, v becomes asinh(v / knee), linear for small and logarithmic for large movements; absent: v stays',
      ),
    mean: z.array(z.number()).describe('One a channel, in the channel’s unit (with a knee: without unit)'),
    std: z
      .array(z.number().positive())
      .describe('One a channel, in the channel’s unit (with a knee: without unit)'),
    targets: z.array(targetSchema).min(1),
  })
  .strict()
  .superRefine((manifest, context) => {
    const channels = manifest.channels.length;
    for (const key of ['knee', 'mean', 'std'] as const) {
      const values = manifest[key];
      if (values !== undefined && values.length !== channels) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `has ${values.length} values for ${channels} channels`,
        });
      }
    }
    if (new Set(manifest.channels).size !== channels) {
      context.addIssue({ code: 'custom', path: ['channels'], message: 'names a channel twice' });
    }
    if (new Set(manifest.targets.map((target) => target.name)).size !== manifest.targets.length) {
      context.addIssue({ code: 'custom', path: ['targets'], message: 'names a target twice' });
    }
  });

export const imageManifestSchema = z
  .object({
    ...commonShape,
    kind: z.literal('image'),
    input: z.string().min(1).describe('Name of the input tensor'),
    layout: z.enum(['nchw', 'nhwc']),
    widthPixels: z.int().positive().max(1024),
    heightPixels: z.int().positive().max(1024),
    resize: z
      .enum(['stretch', 'crop', 'pad'])
      .default('stretch')
      .describe(
        'How a picture of another shape is fitted: its proportions, its edges or its surroundings change',
      ),
    channelOrder: z.enum(['rgb', 'bgr']).default('rgb').describe('bgr: networks that come from Caffe'),
    mean: z
      .array(z.number())
      .length(3)
      .describe('Subtracted from the values (0..255) of each channel, in the order R, G, B'),
    std: z.array(z.number().positive()).length(3).describe('Then divided by, in the order R, G, B'),
    output: z.string().min(1).describe('Name of the output tensor, shape [batch, classes]'),
    scores: z
      .enum(['probabilities', 'logits', 'labels'])
      .default('probabilities')
      .describe(
        'What the output holds; logits are put through a softmax; labels: a probability a label, several at once',
      ),
    thresholds: z
      .array(z.number().min(0).max(1))
      .optional()
      .describe('With labels, one a label: from which probability on it counts as told; absent: 0.5'),
    people: z
      .object({
        file: z.string().regex(FILE_PATTERN, 'a file name inside the model folder, without a path'),
        sha256: z.string().regex(SHA256_PATTERN, 'SHA-256 of the file, 64 lower-case hex digits'),
      })
      .strict()
      .optional()
      .describe(
        'Network that finds people: the model sees each by itself; without the file it sees the whole picture',
      ),
    feature: z
      .string()
      .min(1)
      .optional()
      .describe('Name of the tensor before the classifier, for embeddings: [batch, n] or [batch, n, 1, 1]'),
    classes: z.array(z.string().min(1)).min(2).describe('Labels in the order of the output'),
  })
  .strict()
  .refine(({ classes }) => new Set(classes).size === classes.length, {
    path: ['classes'],
    message: 'names a class twice',
  })
  .refine(({ classes, thresholds }) => thresholds === undefined || thresholds.length === classes.length, {
    path: ['thresholds'],
    message: 'has not one value for each class',
  });

export const manifestSchema = z.discriminatedUnion('kind', [sequenceManifestSchema, imageManifestSchema]);

/** Everything a gateway must know to feed a sequence model; `models/<name>/manifest.json`. */
export type SequenceManifest = Readonly<z.infer<typeof sequenceManifestSchema>>;
/** Everything a gateway must know to feed an image model; `models/<name>/manifest.json`. */
export type ImageManifest = Readonly<z.infer<typeof imageManifestSchema>>;
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;
export type TargetSpec = SequenceManifest['targets'][number];
/** A filter that can be used. */
export type FilterSpec = NonNullable<TargetSpec['filter']> & {
  readonly calibration: readonly { readonly slope: number; readonly bias: number }[];
};
export type Provenance = SequenceManifest['provenance'];

export function isSequence(manifest: Manifest): manifest is SequenceManifest {
  return manifest.kind === 'sequence';
}

/** Which phones simulated people carry; `undefined` where nobody knows. */
export type IsSimulatedPhone = ((device: DeviceId) => boolean) | undefined;

/** Whether a model speaks of a device: where simulated phones are known, one made on simulated people speaks of no others. */
export function speaksOf(
  manifest: Pick<Manifest, 'provenance'>,
  device: DeviceId,
  isSimulatedPhone: IsSimulatedPhone,
): boolean {
  return isSimulatedPhone === undefined || !isSimulated(manifest) || isSimulatedPhone(device);
}

/** Whether a model was made on simulated people, so that what it says of real ones means nothing. */
export function isSimulated({ provenance }: Pick<Manifest, 'provenance'>): boolean {
  return provenance.simulated ?? provenance.data.startsWith(SIMULATED_DATA);
}

/** Targets whose statuses are smoothed, since nothing was learnt of how they last. */
export function targetsWithoutFilter(manifest: Manifest): string[] {
  if (!isSequence(manifest)) return [];
  return manifest.targets.filter((target) => usableFilter(target) === undefined).map(({ name }) => name);
}

/** A target's filter; one that lacks its calibration would take what the model says at its word, and is not used. */
export function usableFilter({ filter }: Pick<TargetSpec, 'filter'>): FilterSpec | undefined {
  const { calibration } = filter ?? {};
  return filter === undefined || calibration === undefined ? undefined : { ...filter, calibration };
}

/** What the status of a target may be: of two classes `yes` and `no`, of more the classes' names. */
export function statusesOf(target: TargetSpec): string[] {
  return [...(isBinary(target) ? ['yes', 'no'] : target.classes), 'unknown'];
}

/** The status that each class stands for, in the order of the classes. */
export function statusesOfClasses(target: { readonly classes: readonly string[] }): readonly string[] {
  return isBinary(target) ? ['no', 'yes'] : target.classes;
}

/** True for a target with a negative and a positive class. */
export function isBinary(target: { readonly classes: readonly string[] }): boolean {
  return target.classes.length === 2;
}

/** Whether two models take the same windows of the same streams. */
export function hasSameGrid(a: Manifest, b: Manifest): boolean {
  if (a.kind !== 'sequence' || b.kind !== 'sequence') return true;
  return (
    a.samplingRateHz === b.samplingRateHz &&
    a.sizeSamples === b.sizeSamples &&
    a.strideSamples === b.strideSamples &&
    a.gravity === b.gravity &&
    a.accelerometerUnit === b.accelerometerUnit &&
    a.channels.join() === b.channels.join()
  );
}
