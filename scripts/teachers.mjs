// Lays the networks of a weights folder out as backbones, so that `train apparel --teacher FOLDER` can learn from them:
//   node scripts/teachers.mjs WEIGHTS/coral OUT
// The three are ImageNet classifiers by Google (github.com/google-coral), Apache-2.0.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const [weights, out] = process.argv.slice(2);
if (weights === undefined || out === undefined) {
  console.error('usage: node scripts/teachers.mjs WEIGHTS/coral OUT');
  process.exit(2);
}
/** By folder: file, and the value of a pixel p as (p - mean) / std. */
const TEACHERS = {
  'coral-v1': ['mobilenet_v1_1.0_224_quant_embedding_extractor', 128, 128],
  'coral-v2': ['mobilenet_v2_1.0_224_quant', 128, 128],
  'coral-tf2-v2': ['tf2_mobilenet_v2_1.0_224_ptq', 127, 127.5],
};
for (const [name, [file, mean, std]] of Object.entries(TEACHERS)) {
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'backbone.onnx'), gunzipSync(readFileSync(join(weights, `${file}.onnx.gz`))));
  const spec = {
    name: file,
    licence: 'Apache-2.0',
    origin: 'github.com/google-coral',
    file: 'backbone.onnx',
    input: 'input',
    layout: 'nchw',
    widthPixels: 224,
    heightPixels: 224,
    mean: [mean, mean, mean],
    std: [std, std, std],
    feature: 'feat',
  };
  writeFileSync(join(folder, 'backbone.json'), `${JSON.stringify(spec, undefined, 2)}\n`);
  console.log(folder);
}
