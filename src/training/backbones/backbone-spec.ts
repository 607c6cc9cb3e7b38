import { z } from 'zod';

/** Name of the file that says how a backbone wants to be fed. */
export const BACKBONE_FILE = 'backbone.json';

export const backboneSpecSchema = z
  .object({
    name: z.string().min(1).describe('What to call it in model cards'),
    licence: z.string().min(1).default('not stated').describe('Licence of its weights'),
    origin: z.string().min(1).default('not stated').describe('Where its weights come from'),
    file: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.onnx$/)
      .describe('ONNX file beside this one'),
    input: z.string().min(1).describe('Name of the input tensor'),
    layout: z.enum(['nchw', 'nhwc']),
    widthPixels: z.int().positive().max(1024),
    heightPixels: z.int().positive().max(1024),
    channelOrder: z.enum(['rgb', 'bgr']).default('rgb'),
    mean: z.array(z.number()).length(3).describe('Subtracted from R, G, B (0..255)'),
    std: z.array(z.number().positive()).length(3).describe('Then divided by'),
    feature: z.string().min(1).describe('Tensor before the classifier: [batch, n] or [batch, n, 1, 1]'),
  })
  .strict();

/** How a network that was trained on many images wants to be fed, and where its features are. */
export type BackboneSpec = Readonly<z.infer<typeof backboneSpecSchema>>;
