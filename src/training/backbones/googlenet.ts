import type { BackboneSpec } from './backbone-spec.js';

/** How the GoogLeNet of the ONNX model zoo wants its images: as Caffe does, blue first, ImageNet's mean subtracted. */
export const GOOGLENET: Pick<
  BackboneSpec,
  'layout' | 'channelOrder' | 'mean' | 'std' | 'licence' | 'origin'
> = {
  layout: 'nchw',
  channelOrder: 'bgr',
  mean: [123.68, 116.779, 103.939],
  std: [1, 1, 1],
  licence: 'BSD-3-Clause',
  origin: 'GoogLeNet of the ONNX model zoo (BVLC GoogLeNet of Caffe)',
};
