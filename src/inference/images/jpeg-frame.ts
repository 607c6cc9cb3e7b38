import { brokenPicture, ImageError, viewOf } from '../../shared/picture-bytes.js';

/** Frames coded by Huffman tables: baseline, extended, progressive. All that browsers show. */
const BASELINE = 0xc0;
const PROGRESSIVE = 0xc2;
const HEADER_BYTES = 6;
const COMPONENT_BYTES = 3;
const MAX_COMPONENTS = 4;
/** A block of one component. */
const BLOCK_PIXELS = 8;
const BLOCK_SAMPLES = 64;
const COEFFICIENT_BYTES = 2;
/** Ordinary progressive pictures have ten scans. */
const MAX_SCANS = 64;
/** What decoding takes a coded byte and a sample: as it is read, and where all coefficients are kept. CMYK goes through a profile. */
const WORK_NS = { byte: 8, keptByte: 16, scannedSample: 0.5, keptSample: 2.5, inkPixel: 10 } as const;

interface Component {
  readonly id: number;
  readonly samples: number;
}

/** What the frame header of a JPEG picture tells, and how often its scans go through the picture. */
export class JpegFrame {
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly #components: readonly Component[];
  /** All coefficients are kept until the last scan. */
  #isBuffered: boolean;
  #scans = 0;
  #scannedSamples = 0;

  /** @throws ImageError when it is cut off or coded in a way that is not read */
  constructor(mark: number, data: Uint8Array) {
    if (mark > PROGRESSIVE) {
      throw new ImageError(
        'format',
        'The picture is a lossless, hierarchical or arithmetically coded JPEG; send an ordinary one',
      );
    }
    const count = data[HEADER_BYTES - 1] ?? 0;
    if (count < 1 || count > MAX_COMPONENTS || data.length < HEADER_BYTES + count * COMPONENT_BYTES) {
      throw brokenPicture('its frame header is wrong');
    }
    const view = viewOf(data);
    this.heightPixels = view.getUint16(1);
    this.widthPixels = view.getUint16(3);
    this.#isBuffered = mark >= PROGRESSIVE;
    this.#components = componentsOf(data, count, this.widthPixels, this.heightPixels);
  }

  get scans(): number {
    return this.#scans;
  }

  get unpackedBytes(): number {
    return this.#isBuffered ? samplesOf(this.#components) * COEFFICIENT_BYTES : 0;
  }

  /** @param codedBytes those of all scans */
  workNs(codedBytes: number): number {
    const scannedNs = this.#scannedSamples * WORK_NS.scannedSample;
    const hasInk = this.#components.length === MAX_COMPONENTS;
    const inkNs = hasInk ? this.widthPixels * this.heightPixels * WORK_NS.inkPixel : 0;
    const keptNs = codedBytes * WORK_NS.keptByte + samplesOf(this.#components) * WORK_NS.keptSample;
    return scannedNs + inkNs + (this.#isBuffered ? keptNs : codedBytes * WORK_NS.byte);
  }

  /** @throws ImageError when there are too many */
  addScan(data: Uint8Array): void {
    const ids = Array.from({ length: data[0] ?? 0 }, (_, index) => data[1 + index * 2]);
    const scanned = ids.flatMap((id) => this.#components.filter((component) => component.id === id));
    this.#isBuffered ||= this.#scans === 0 && scanned.length < this.#components.length;
    this.#scans += 1;
    this.#scannedSamples += samplesOf(scanned);
    if (this.#scans <= MAX_SCANS) return;
    throw new ImageError(
      'too-large',
      `The picture is a progressive JPEG with too many scans; send one with at most ${MAX_SCANS}, or one that is not progressive`,
    );
  }
}

function componentsOf(data: Uint8Array, count: number, width: number, height: number): Component[] {
  const factors = Array.from({ length: count }, (_, index) => {
    const at = HEADER_BYTES + index * COMPONENT_BYTES;
    const both = data[at + 1] ?? 0;
    return { id: data[at] ?? 0, across: both >> 4, down: both & 0x0f };
  });
  const most = (key: 'across' | 'down'): number => Math.max(1, ...factors.map((factor) => factor[key]));
  const [mostAcross, mostDown] = [most('across'), most('down')];
  return factors.map(({ id, across, down }) => {
    const blocksAcross = Math.ceil((width * across) / mostAcross / BLOCK_PIXELS);
    const blocksDown = Math.ceil((height * down) / mostDown / BLOCK_PIXELS);
    return { id, samples: blocksAcross * blocksDown * BLOCK_SAMPLES };
  });
}

function samplesOf(components: readonly Component[]): number {
  return components.reduce((total, { samples }) => total + samples, 0);
}

/** Whether a marker begins a frame header: C0 to CF but for tables of codes and what is reserved. */
export function isFrameMark(mark: number): boolean {
  return mark >= BASELINE && mark <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(mark);
}
