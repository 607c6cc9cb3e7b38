// A source that takes over nothing, in a process of its own that can be killed.
// Arguments: JSON { kind: 'mqtt' | 'embedded', broker }. Prints `ready`, then `holding` for each message.
const { kind, broker } = JSON.parse(process.argv[2]);
const options = {
  broker,
  subscriptions: [],
  clock: { nowMs: () => Date.now() },
  deliver: () => {
    process.stdout.write('holding\n');
    return new Promise(() => undefined);
  },
};
const folder = new URL('../../../build/ingest/', import.meta.url);
const { startMqttSource } = await import(new URL('client/mqtt-source.js', folder).href);
const { startEmbeddedSource } = await import(new URL('broker/embedded-source.js', folder).href);
const source = kind === 'mqtt' ? startMqttSource(options) : await startEmbeddedSource(options);
await source.ready;
process.stdout.write('ready\n');
