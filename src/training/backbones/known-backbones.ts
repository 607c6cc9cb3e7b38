import { GatewayError } from '../../shared/errors.js';
import { encodeModel } from '../onnx/encode-model.js';
import type { BackboneSpec } from './backbone-spec.js';
import { GOOGLENET } from './googlenet.js';
import { readTarEntry } from './tar-entry.js';
import { readTflite } from './tflite-model.js';
import { tfliteToOnnx } from './tflite-to-onnx.js';

/** A network that can be fetched. */
export interface KnownBackbone {
  readonly url: string;
  /** SHA-256 of what the address gives, hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly spec: BackboneSpec;
  /** Takes the ONNX file out of what was fetched. */
  readonly unpack: (download: Uint8Array) => Uint8Array;
}

/** Where the TensorFlow Lite file begins in the assets of @mediapipe/objectron, after a list of class names. */
const OBJECTRON_OFFSET_BYTES = 184;

export const KNOWN_BACKBONES: Readonly<Record<string, KnownBackbone>> = {
  'mobilenet-v2-objectron': {
    url: 'https://registry.npmjs.org/@mediapipe/objectron/-/objectron-0.4.1675468480.tgz',
    sha256: 'fc3e37b326b05e8f596099c90b3e0931b05a56cd3160b9ac450b621794bac94c',
    sizeBytes: 32_667_233,
    spec: {
      name: 'MobileNetV2 of an object detector for Open Images V4',
      licence: 'Apache-2.0',
      origin: 'npm package @mediapipe/objectron 0.4.1675468480, by the MediaPipe Authors',
      file: 'backbone.onnx',
      input: 'image',
      layout: 'nchw',
      widthPixels: 224,
      heightPixels: 224,
      channelOrder: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      feature: 'features',
    },
    unpack: (download) => {
      const assets = readTarEntry(download, 'package/objectron_solution_packed_assets.data');
      const tflite = readTflite(assets.subarray(OBJECTRON_OFFSET_BYTES));
      const cut = { featureTensor: 'FeatureExtractor/MobilenetV2/Conv_1/Relu6', sizePixels: 224 };
      return encodeModel(tfliteToOnnx(tflite, { ...cut, metadata: { licence: 'Apache-2.0' } }));
    },
  },
  googlenet: {
    url: 'https://github.com/onnx/models/raw/main/validated/vision/classification/inception_and_googlenet/googlenet/model/googlenet-12.onnx',
    sha256: 'c99c507058eaf41de8723408fdda7db8325cb57f0a89f2ee07a716d6e963e14e',
    sizeBytes: 28_000_000,
    spec: {
      ...GOOGLENET,
      name: 'GoogLeNet',
      file: 'backbone.onnx',
      input: 'data_0',
      widthPixels: 224,
      heightPixels: 224,
      feature: 'pool5/7x7_s1_1',
    },
    unpack: (download) => download,
  },
};

/** @throws GatewayError `NOT_FOUND` naming those that are known */
export function knownBackbone(name: string): KnownBackbone {
  const known = Object.hasOwn(KNOWN_BACKBONES, name) ? KNOWN_BACKBONES[name] : undefined;
  if (known !== undefined) return known;
  throw new GatewayError(
    'NOT_FOUND',
    `no backbone "${name}" is known; known are ${Object.keys(KNOWN_BACKBONES).join(', ')}`,
  );
}
