import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute or so, the longest first: Vitest takes a file that it has not run before for as long as it is large. */
const LONG = [
  'e2e/company',
  'e2e/pointer',
  'e2e/faults',
  'e2e/demo',
  'e2e/phone',
  'e2e/dashboard',
  'training/motion/train-model',
  'e2e/webhooks',
  'training/onnx-parity',
  'e2e/forgotten-devices',
  'e2e/teach',
  'e2e/security',
  'e2e/company-pages',
  'training/train-adapted',
  'e2e/restart',
  'e2e/replay',
  'e2e/durability',
  'e2e/disk',
];

/** Begins with what takes long, so that no worker ends long after the others. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONG.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return place === -1 ? LONG.length : place;
}
