import {
  brokenPicture,
  countPieces,
  MAX_PROFILE_BYTES,
  orientationOnly,
  type PlainPicture,
  startsWith,
  viewOf,
} from '../../shared/picture-bytes.js';
import { isFrameMark, JpegFrame } from './jpeg-frame.js';

/** Second bytes of markers. */
const MARK = {
  temporary: 0x01,
  firstRestart: 0xd0,
  lastRestart: 0xd7,
  start: 0xd8,
  end: 0xd9,
  scan: 0xda,
  app0: 0xe0,
  app1: 0xe1,
  app2: 0xe2,
  app14: 0xee,
  app15: 0xef,
  comment: 0xfe,
} as const;
const START = Uint8Array.of(0xff, MARK.start);
const END = Uint8Array.of(0xff, MARK.end);
const HEAD_BYTES = 4;
const PROFILE_PREFIX = 'ICC_PROFILE\0';
/** Its number among the parts of the profile, and how many there are. */
const PROFILE_HEAD_BYTES = PROFILE_PREFIX.length + 2;

/**
 * Leaves out of a JPEG picture whatever is no pixel, colour profile or orientation, and what follows its end. One without an end
 * marker gets one.
 *
 * @throws ImageError
 */
export function plainJpeg(bytes: Uint8Array): PlainPicture {
  const kept: Uint8Array[] = [];
  const extras = new Map<string, Uint8Array>();
  let frame: JpegFrame | undefined;
  let pieces = 0;
  let isOpenEnded = false;
  for (let at = START.length; ; ) {
    const markAt = nextMark(bytes, at);
    const mark = bytes[markAt + 1];
    isOpenEnded = mark === undefined;
    if (mark === undefined || mark === MARK.end) break;
    at = markAt + 2;
    if (isBare(mark)) continue;
    pieces = countPieces(pieces);
    const end = segmentEnd(bytes, markAt);
    const segment = bytes.subarray(markAt, end);
    const data = segment.subarray(HEAD_BYTES);
    at = end;
    if (isExtra(mark)) {
      const [kind, extra] = keptExtra(mark, segment);
      if (extra !== undefined && !extras.has(kind)) extras.set(kind, extra);
      continue;
    }
    if (isFrameMark(mark)) {
      if (frame !== undefined) throw brokenPicture('it has two frame headers');
      frame = new JpegFrame(mark, data);
    }
    if (mark === MARK.scan) {
      if (frame === undefined) throw brokenPicture('its data come before its frame header');
      frame.addScan(data);
      at = scanEnd(bytes, end);
    }
    kept.push(bytes.subarray(markAt, at));
  }
  if (frame === undefined || frame.scans === 0) throw brokenPicture('it is cut off before its data');
  const { widthPixels, heightPixels, unpackedBytes } = frame;
  const plain = Buffer.concat([START, ...extras.values(), ...kept, END]);
  // One without an end is read once more, to see whether data are missing.
  const workNs = frame.workNs(plain.length) * (isOpenEnded ? 2 : 1);
  return { bytes: plain, widthPixels, heightPixels, unpackedBytes, workNs, isOpenEnded };
}

/** Where the next marker begins, after whatever lies in between; the end of the bytes where there is none. */
function nextMark(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    const next = bytes[at + 1];
    if (bytes[at] === 0xff && next !== 0xff && next !== 0) return at;
  }
  return bytes.length;
}

function segmentEnd(bytes: Uint8Array, markAt: number): number {
  const length = markAt + HEAD_BYTES <= bytes.length ? viewOf(bytes).getUint16(markAt + 2) : 0;
  const end = markAt + 2 + length;
  if (length < 2 || end > bytes.length) throw brokenPicture('it is cut off before its data');
  return end;
}

/** Where the coded data end that begin somewhere: at a marker that is neither a stuffed byte nor a restart. */
function scanEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue;
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && (next < MARK.firstRestart || next > MARK.lastRestart)) return at;
  }
  return bytes.length;
}

/** Markers that nothing belongs to. */
function isBare(mark: number): boolean {
  return mark === MARK.temporary || (mark >= MARK.firstRestart && mark <= MARK.start);
}

function isExtra(mark: number): boolean {
  return (mark >= MARK.app0 && mark <= MARK.app15) || mark === MARK.comment;
}

/** What is kept of an application's segment, and of what kind it is; one of each kind is enough. */
function keptExtra(mark: number, segment: Uint8Array): readonly [string, Uint8Array | undefined] {
  const data = segment.subarray(HEAD_BYTES);
  if (mark === MARK.app0 && startsWith(data, 'JFIF\0')) return ['jfif', segment];
  if (mark === MARK.app14 && startsWith(data, 'Adobe')) return ['adobe', segment];
  if (mark === MARK.app2 && isSmallProfile(data)) return ['profile', segment];
  if (mark === MARK.app1 && startsWith(data, 'Exif\0\0')) return ['exif', exifSegment(orientationOnly(data))];
  return ['other', undefined];
}

/** A profile of several parts is larger than one that is kept. */
function isSmallProfile(data: Uint8Array): boolean {
  const isWhole = data[PROFILE_PREFIX.length] === 1 && data[PROFILE_PREFIX.length + 1] === 1;
  return startsWith(data, PROFILE_PREFIX) && isWhole && data.length <= PROFILE_HEAD_BYTES + MAX_PROFILE_BYTES;
}

function exifSegment(exif: Uint8Array | undefined): Uint8Array | undefined {
  if (exif === undefined) return undefined;
  const data = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exif]);
  const head = Buffer.from([0xff, MARK.app1, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}
