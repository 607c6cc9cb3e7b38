import { GatewayError } from './errors.js';

/**
 * Why a picture cannot be used.
 *
 * - `format`: it is no JPEG, PNG or WebP image
 * - `damaged`: it is truncated or broken
 * - `too-small`: there is nothing to see on it
 * - `too-large`: more pixels than will be decoded
 */
export const IMAGE_REFUSALS = ['format', 'damaged', 'too-small', 'too-large'] as const;
export type ImageRefusal = (typeof IMAGE_REFUSALS)[number];

/** A picture that cannot be used; trying it again changes nothing. */
export class ImageError extends GatewayError {
  readonly refusal: ImageRefusal;

  constructor(refusal: ImageRefusal, message: string, options: { readonly cause?: unknown } = {}) {
    super('IMAGE_REFUSED', message, options);
    this.refusal = refusal;
  }
}
