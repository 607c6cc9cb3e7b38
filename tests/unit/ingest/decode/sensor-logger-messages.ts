import fc from 'fast-check';

/** Numbers as apps write them, and as they should not. */
const value = fc.oneof(
  { weight: 10, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }).map(String) },
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '-0.0',
    '1e400',
    '-1E+2',
    '1000000000.0000001',
    '16777217',
    '0.1e-60',
    '9'.repeat(60),
  ),
  fc.stringMatching(/^-?(0|[1-9]\d{0,12})\.\d{1,30}$/),
);

const time = fc.oneof(
  { weight: 10, arbitrary: fc.bigInt(1_400_000_000_000_000_000n, 2_400_000_000_000_000_000n).map(String) },
  fc.constantFrom(
    '-1',
    '0',
    '1698501144401.5',
    '1.7e18',
    '"1698501144401773000"',
    'null',
    '9999999999999999999',
  ),
);

const motionName = fc.constantFrom(
  'accelerometer',
  'gyroscope',
  'magnetometer',
  'gravity',
  'totalacceleration',
  'accelerometeruncalibrated',
  'gyroscopeuncalibrated',
  'magnetometeruncalibrated',
);

const plainSample = fc
  .record({
    name: motionName,
    time: fc.bigInt(1_400_000_000_000_000_000n, 2_400_000_000_000_000_000n),
    axes: fc.shuffledSubarray(['x', 'y', 'z'], { minLength: 3 }),
    values: fc.tuple(value, value, value),
    accuracy: fc.option(fc.nat(3)),
    isTimeLast: fc.boolean(),
  })
  .map(({ name, time: timeNs, axes, values, accuracy, isTimeLast }) => {
    const fields = [
      `"values":{${axes.map((axis, index) => `"${axis}":${values[index]}`).join(',')}}`,
      ...(accuracy === null ? [] : [`"accuracy":${accuracy}`]),
    ];
    const timeField = `"time":${timeNs}`;
    return `{"name":"${name}",${(isTimeLast ? [...fields, timeField] : [timeField, ...fields]).join(',')}}`;
  });

/** What phones and watches send of air pressure, in any order. */
const pressureSample = fc
  .record({
    pressure: fc.double({ min: 30, max: 1100, noNaN: true }).map(String),
    order: fc.boolean(),
    accuracy: fc.boolean(),
  })
  .map(({ pressure, order, accuracy }) => {
    const values = [`"pressure":${pressure}`, '"relativeAltitude":-0.25'];
    const fields = [
      `"values":{${(order ? values : values.toReversed()).join(',')}}`,
      '"time":1698501144401773000',
      ...(accuracy ? ['"accuracy":3'] : []),
    ];
    return `{"name":"barometer",${(order ? fields : fields.toReversed()).join(',')}}`;
  });

const otherSample = fc
  .tuple(fc.constantFrom('location', 'wrist motion', '__proto__'), fc.json({ maxDepth: 2 }))
  .map(([name, json]) => `{"name":"${name}","time":1,"values":${json}}`);

/** Entries that are odd in one way or another, yet JSON. */
const oddSample = fc.oneof(
  fc.json({ maxDepth: 2 }).map((json) => `{"name":"barometer","time":1,"values":${json}}`),
  fc
    .tuple(motionName, time, value)
    .map(([name, at, x]) => `{"name":"${name}","time":${at},"values":{"x":${x},"y":1,"z":2}}`),
  fc.constantFrom(
    '{"name":"gyroscope","time":1,"time":2,"values":{"x":1,"y":2,"z":3}}',
    '{"name":"gyroscope","time":1,"values":{"x":1,"x":2,"y":2,"z":3}}',
    '{"name":"gyroscope","time":1,"values":{"x":1,"y":2,"z":3,"w":4}}',
    '{"name":"gyroscope","time":1,"values":{"x":1,"y":2}}',
    '{"name":"gyroscope","time":1,"values":{"x":1,"y":2,"z":3},"accuracy":"3"}',
    '{"name":"gyroscope","values":{"x":1,"y":2,"z":3}}',
    '{"name":"gyroscope","time":1,"values":{"x":"1","y":2,"z":null}}',
    '{"name":"Gyroscope","time":1,"values":{"x":1,"y":2,"z":3}}',
    '{"name":"location","name":"gyroscope","time":1,"values":{"x":1,"y":2,"z":3}}',
    '{"time":1,"name":"gyroscope","values":{"x":1,"y":2,"z":3}}',
    '{"sensor":"gyroscope","time":1,"x":1,"y":2,"z":3}',
    '{"name":"Barometer","time":1,"values":{"pressure":994.2}}',
    '{"name":"barometer","time":1,"values":{"pressure":"994.2","relativeAltitude":0}}',
    '{"name":"barometer","time":1,"values":{"pressure":994.2,"pressure":995.2}}',
    '{"name":"barometer","time":1,"values":{"relativeAltitude":0}}',
    '{"name":"barometer","time":1,"pressure":994.2}',
    '{"name":"barometer","values":{"pressure":994.2}}',
    '{"name":"camera","time":1,"image":"/9j/4AAQ"}',
    '{"name":"test","time":1}',
    '{"name":"caf\\u00e9","time":1}',
    '{"name":"café","time":1}',
    '{"name":"","time":1}',
    '{"name":7}',
    '{}',
    '[]',
    'null',
    '1',
  ),
);

const head = fc
  .record({
    messageId: fc.oneof(fc.nat(), fc.constantFrom('"7"', '-1', '1.5', '99999999999999999')),
    sessionId: fc.oneof(fc.uuid(), fc.constantFrom('', 'x'.repeat(200), 'c5241337-…', 'a\\"b')),
    order: fc.boolean(),
    userId: fc.boolean(),
  })
  .map(({ messageId, sessionId, order, userId }) => {
    const fields = [`"messageId":${messageId}`, `"sessionId":"${sessionId}"`, '"deviceId":"phone-1"'];
    if (userId) fields.push('"userId":"u"');
    return (order ? fields : fields.reverse()).join(',');
  });

const messageOf = (entry: fc.Arbitrary<string>, headFields: fc.Arbitrary<string>) =>
  fc
    .tuple(headFields, fc.array(entry, { minLength: 1, maxLength: 12 }))
    .map(([fields, entries]) => `{${fields},"payload":[${entries.join(',')}]}`);

/** Messages exactly as the app writes them. */
export const appMessages = messageOf(
  fc.oneof({ weight: 5, arbitrary: plainSample }, pressureSample, otherSample),
  fc.tuple(fc.nat(), fc.uuid()).map(([id, session]) => {
    return `"messageId":${id},"sessionId":"${session}","deviceId":"phone-1"`;
  }),
);

/** Messages in the app's format, with whatever oddities JSON allows. */
export const oddMessages = messageOf(
  fc.oneof({ weight: 3, arbitrary: plainSample }, pressureSample, otherSample, oddSample),
  head,
);

/** Messages with a few bytes changed, put in or left out. */
export const damagedMessages = fc
  .tuple(
    fc.oneof(appMessages, oddMessages),
    fc.array(
      fc.record({
        place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        remove: fc.nat(3),
        insert: fc.oneof(
          fc.constantFrom(
            '',
            '"',
            '{',
            '}',
            '[',
            ']',
            ',',
            ':',
            '-',
            '.',
            'e',
            '0',
            '9',
            ' ',
            '\\',
            '\n',
            'null',
          ),
          fc.string({ maxLength: 2 }),
        ),
      }),
      { maxLength: 3 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((damaged, { place, remove, insert }) => {
      const at = Math.floor(place * damaged.length);
      return damaged.slice(0, at) + insert + damaged.slice(at + remove);
    }, text),
  );
