// Phones that send Sensor Logger messages, rendered cheaply, and that know which windows each message completes.

const RATE_HZ = 50;
const SAMPLES_PER_SENSOR = RATE_HZ;
const PERIOD_US = 1e6 / RATE_HZ;
const MESSAGE_US = SAMPLES_PER_SENSOR * PERIOD_US;
const JITTER_US = 2000;
const TEMPLATES = 16;

/** Size of what a sensor shows, about which it swings. */
const SWINGS = { accelerometer: 1, totalacceleration: 10, gyroscope: 0.3, magnetometer: 40 };

/** Samples of all sensors in one message. */
export const SAMPLES_PER_MESSAGE = 3 * SAMPLES_PER_SENSOR;

function mix(value) {
  let word = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b);
  return (word ^ (word >>> 16)) >>> 0;
}

/**
 * @typedef {object} WindowShape
 * @property {number} samplingRateHz
 * @property {number} sizeSamples
 * @property {number} strideSamples
 * @property {readonly string[]} sensors those the model wants, of accelerometer, gyroscope, magnetometer
 * @property {boolean} hasGravity whether the acceleration sent holds gravity
 */

/** Every message is a function of phone and number. Times are whole microseconds, never on a row of a grid. */
export class Phones {
  /** @param {{phones: number, startMs: number, shape: WindowShape}} options */
  constructor({ phones, startMs, shape }) {
    this.shape = shape;
    this.devices = Array.from({ length: phones }, (_, phone) => `bench-${String(phone).padStart(5, '0')}`);
    const acceleration = shape.hasGravity ? 'totalacceleration' : 'accelerometer';
    this.sensors = [acceleration, 'gyroscope', 'magnetometer'];
    this.wanted = ['accelerometer', 'gyroscope', 'magnetometer'].map((name) => shape.sensors.includes(name));
    this.startUs = this.devices.map(
      (_, phone) => Math.round(startMs) * 1000 + Math.floor((phone / phones) * 1e5) * 10,
    );
    this.templates = Array.from({ length: TEMPLATES }, (_, number) => this.#template(number));
    this.nextWindow = this.devices.map(() => undefined);
  }

  /** Text of the message with this number, from 0; messages of a phone are to be asked for in order. */
  message(phone, number) {
    const template = this.templates[mix(phone * 7919 + number) % TEMPLATES];
    let text = `{"messageId":${number + 1},"sessionId":"5e55-${phone}","deviceId":"${this.devices[phone]}","payload":[`;
    for (let sample = 0; sample < SAMPLES_PER_SENSOR; sample++) {
      for (let sensor = 0; sensor < this.sensors.length; sensor++) {
        const part = template[sample * this.sensors.length + sensor];
        text += `${part.head}${this.#timeUs(phone, number, sample, sensor)}003${part.tail}`;
      }
    }
    return `${text.slice(0, -1)}]}`;
  }

  /**
   * Numbers `[from, to)` of the windows that a message completed: window `j` has the rows from `j * strideSamples` on,
   * and a row is there once every sensor has a sample at or before it and one at or after it. In order from message 0.
   */
  completed(phone, number) {
    const { sizeSamples, strideSamples } = this.shape;
    if (number === 0) {
      const firstRow = Math.max(
        ...this.#wantedTimes(phone, 0, 0).map((timeUs) => Math.ceil(this.#rowOf(timeUs))),
      );
      this.nextWindow[phone] = Math.ceil(firstRow / strideSamples);
    }
    const lastRow = Math.floor(
      this.#rowOf(Math.min(...this.#wantedTimes(phone, number, SAMPLES_PER_SENSOR - 1))),
    );
    const from = this.nextWindow[phone];
    const to = Math.max(from, Math.floor((lastRow + 1 - sizeSamples) / strideSamples) + 1);
    this.nextWindow[phone] = to;
    return [from, to];
  }

  #wantedTimes(phone, number, sample) {
    return this.sensors.flatMap((_, sensor) =>
      this.wanted[sensor] ? [this.#timeUs(phone, number, sample, sensor)] : [],
    );
  }

  #rowOf(timeUs) {
    return (timeUs * this.shape.samplingRateHz) / 1e6;
  }

  #timeUs(phone, number, sample, sensor) {
    const phaseUs = 3000 + (mix(phone * 3 + sensor) % 1400) * 10;
    const jitterUs =
      (mix(((phone * 61 + number) * 53 + sample) * 3 + sensor) % ((2 * JITTER_US) / 10)) * 10 - JITTER_US;
    return this.startUs[phone] + number * MESSAGE_US + sample * PERIOD_US + phaseUs + jitterUs + 5;
  }

  #template(number) {
    let random = mix(number + 1);
    const next = () => {
      random = mix(random + 0x9e3779b9);
      return random / 2 ** 32 - 0.5;
    };
    return Array.from({ length: SAMPLES_PER_MESSAGE }, (_, index) => {
      const name = this.sensors[index % this.sensors.length];
      const value = () => String(Math.fround(SWINGS[name] * next()));
      return {
        head: `{"name":"${name}","time":`,
        tail: `,"values":{"z":${value()},"y":${value()},"x":${value()}},"accuracy":3},`,
      };
    });
  }
}
