import { AXIS_COUNT } from '../../domain/samples.js';
import { ASCII, ByteReader, Literal } from './byte-reader.js';
import { NANOSECONDS_PER_MS, toSequence, toSession } from './json.js';
import { BAROMETER, SensorLoggerContent, WIRE_SENSOR_NAMES } from './sensor-logger-content.js';

const MESSAGE_ID = new Literal('"messageId":');
const SESSION_ID = new Literal('"sessionId":"');
const DEVICE_ID = new Literal('"deviceId":"');
const USER_ID = new Literal('"userId":"');
const HEAD_KEYS = [MESSAGE_ID, SESSION_ID, DEVICE_ID, USER_ID];
const PAYLOAD = new Literal('"payload":[');

const NAME = new Literal('{"name":"');
const WIRE_NAMES = WIRE_SENSOR_NAMES.map((name) => new Literal(`${name}"`));
const TIME = new Literal(',"time":');
const VALUES = new Literal(',"values":{');
const ACCURACY = new Literal(',"accuracy":');
const X = new Literal('"x":');
const Y = new Literal('"y":');
const Z = new Literal('"z":');

/** Fields seen, as bits. */
const SEEN_TIME = 1;
const SEEN_VALUES = 2;
const SEEN_ACCURACY = 4;

/** Axes seen, as bits. */
const SEEN_X = 1;
const SEEN_Y = 2;
const SEEN_Z = 4;
const SEEN_ALL_AXES = SEEN_X | SEEN_Y | SEEN_Z;

/** Entries that mean more than a sample, which the other reader knows. */
const SPECIAL_NAMES = ['camera', 'test'];

/**
 * Reads a Sensor Logger message as the app writes it, straight from its bytes. `undefined` for a message that is written
 * in any other way, or not JSON: then `readSensorLogger` has to say what it is. Where this function takes a message, both
 * give the same: the same 32-bit values, and times that are the same doubles.
 */
export function scanSensorLogger(payload: Uint8Array): SensorLoggerContent | undefined {
  const scan = new SensorLoggerScan(payload);
  return scan.run() ? scan.content : undefined;
}

class SensorLoggerScan {
  readonly content = new SensorLoggerContent();
  readonly #reader: ByteReader;
  #timeNs = 0;
  #x = 0;
  #y = 0;
  #z = 0;

  constructor(payload: Uint8Array) {
    this.#reader = new ByteReader(payload);
  }

  run(): boolean {
    const reader = this.#reader;
    if (!reader.skipByte(ASCII.openBrace) || !this.#head()) return false;
    do {
      if (!this.#entry()) return false;
    } while (reader.skipByte(ASCII.comma));
    return reader.skipByte(ASCII.closeBracket) && reader.skipByte(ASCII.closeBrace) && reader.isAtEnd;
  }

  /** Everything before the payload, in any order, each at most once. */
  #head(): boolean {
    const reader = this.#reader;
    const seen = new Set<Literal>();
    while (!reader.skip(PAYLOAD)) {
      const key = HEAD_KEYS.find((literal) => reader.skip(literal));
      if (key === undefined || seen.has(key) || !this.#headField(key) || !reader.skipByte(ASCII.comma))
        return false;
      seen.add(key);
    }
    return true;
  }

  #headField(key: Literal): boolean {
    if (key === MESSAGE_ID) {
      const messageId = this.#reader.integer();
      this.content.sequence = toSequence(messageId);
      return !Number.isNaN(messageId);
    }
    const text = this.#reader.text();
    if (key === SESSION_ID) this.content.session = toSession(text);
    if (key === DEVICE_ID) this.content.deviceId = text;
    return text !== undefined;
  }

  #entry(): boolean {
    const reader = this.#reader;
    if (!reader.skip(NAME)) return false;
    for (let index = 0; index < WIRE_NAMES.length; index++) {
      const name = WIRE_NAMES[index];
      if (name !== undefined && reader.skip(name)) return this.#sample(index);
    }
    return this.#otherEntry();
  }

  #sample(wireSensor: number): boolean {
    let seen = 0;
    while (!this.#reader.skipByte(ASCII.closeBrace)) {
      const field = this.#sampleField();
      if (field === 0 || (seen & field) !== 0) return false;
      seen |= field;
    }
    if ((seen & SEEN_TIME) === 0 || (seen & SEEN_VALUES) === 0) return false;
    if ((seen & SEEN_ACCURACY) !== 0) this.content.hasAccuracy = true;
    this.content.builderOf(wireSensor).add(this.#timeNs / NANOSECONDS_PER_MS, this.#x, this.#y, this.#z);
    return true;
  }

  /** Reads a field and returns its bit; 0 for one that a sample does not have. */
  #sampleField(): number {
    const reader = this.#reader;
    if (reader.skip(TIME)) {
      this.#timeNs = reader.integer();
      return Number.isNaN(this.#timeNs) ? 0 : SEEN_TIME;
    }
    if (reader.skip(VALUES)) return this.#values() ? SEEN_VALUES : 0;
    return reader.skip(ACCURACY) && !Number.isNaN(reader.float()) ? SEEN_ACCURACY : 0;
  }

  /** x, y and z in any order, each once, and the brace after them. */
  #values(): boolean {
    const reader = this.#reader;
    let seen = this.#axis();
    for (let index = 1; index < AXIS_COUNT; index++) {
      if (!reader.skipByte(ASCII.comma)) return false;
      seen |= this.#axis();
    }
    return seen === SEEN_ALL_AXES && reader.skipByte(ASCII.closeBrace);
  }

  /** Reads the value of an axis and returns the axis' bit; 0 for anything else. */
  #axis(): number {
    const reader = this.#reader;
    const axis = reader.skip(Z) ? SEEN_Z : reader.skip(Y) ? SEEN_Y : reader.skip(X) ? SEEN_X : 0;
    const value = reader.float();
    if (Number.isNaN(value)) return 0;
    if (axis === SEEN_Z) this.#z = value;
    else if (axis === SEEN_Y) this.#y = value;
    else this.#x = value;
    return axis;
  }

  /** An entry of something else than motion, from its name on. */
  #otherEntry(): boolean {
    const name = this.#reader.text();
    if (name === undefined || name !== name.toLowerCase() || SPECIAL_NAMES.includes(name)) return false;
    return name === BAROMETER ? this.#pressureEntry() : this.#ignoredEntry(name);
  }

  #pressureEntry(): boolean {
    const reader = this.#reader;
    let seen = 0;
    while (!reader.skipByte(ASCII.closeBrace)) {
      const field = reader.skip(VALUES) ? this.#pressureValues() : this.#sampleField();
      if (field === 0 || (seen & field) !== 0) return false;
      seen |= field;
    }
    if ((seen & SEEN_TIME) === 0 || (seen & SEEN_VALUES) === 0) return false;
    this.content.addPressure(this.#timeNs / NANOSECONDS_PER_MS, this.#x);
    return true;
  }

  /** The pressure among whatever else there is, and the brace after it; returns 0 for anything else. */
  #pressureValues(): number {
    const reader = this.#reader;
    let pressures = 0;
    do {
      const key = reader.skipByte(ASCII.quote) ? reader.text() : undefined;
      if (key === undefined || !reader.skipByte(ASCII.colon)) return 0;
      if (key === 'pressure') {
        pressures += 1;
        this.#x = reader.float();
        if (Number.isNaN(this.#x)) return 0;
      } else if (!reader.skipValue()) return 0;
    } while (reader.skipByte(ASCII.comma));
    return pressures === 1 && reader.skipByte(ASCII.closeBrace) ? SEEN_VALUES : 0;
  }

  /** The rest of an entry of a sensor nobody uses. */
  #ignoredEntry(name: string): boolean {
    const reader = this.#reader;
    while (reader.skipByte(ASCII.comma)) {
      const key = reader.skipByte(ASCII.quote) ? reader.text() : undefined;
      if (key === undefined || key === 'name' || !reader.skipByte(ASCII.colon) || !reader.skipValue())
        return false;
    }
    this.content.ignored.note(name);
    return reader.skipByte(ASCII.closeBrace);
  }
}
