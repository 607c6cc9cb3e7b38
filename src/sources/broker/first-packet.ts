/** What the first bytes of a connection say: the MQTT protocol level, that it is not MQTT, or not enough yet. */
export type FirstPacket = 'incomplete' | 'not-mqtt' | 3 | 4 | 5;

const CONNECT = 0x10;
const CONTINUES = 0x80;
const MAX_LENGTH_BYTES = 4;
const PROTOCOL_NAMES: readonly Buffer[] = [Buffer.from('\0\x04MQTT'), Buffer.from('\0\x06MQIsdp')];
/** Set in the level byte by bridges of other brokers. */
const BRIDGE = 0x80;

/** Reads the protocol level from the first bytes of a connection, as early as they allow. */
export function readFirstPacket(bytes: Buffer): FirstPacket {
  if (bytes.length === 0) return 'incomplete';
  if (bytes[0] !== CONNECT) return 'not-mqtt';
  let nameAt = 1;
  while (((bytes[nameAt] ?? 0) & CONTINUES) !== 0) nameAt += 1;
  nameAt += 1;
  if (nameAt > 1 + MAX_LENGTH_BYTES) return 'not-mqtt';
  if (bytes.length <= nameAt) return 'incomplete';
  const named = PROTOCOL_NAMES.find((name) => startsAlike(bytes.subarray(nameAt), name));
  if (named === undefined) return 'not-mqtt';
  const level = bytes[nameAt + named.length];
  if (level === undefined) return 'incomplete';
  return levelOf(level & ~BRIDGE);
}

function levelOf(level: number): FirstPacket {
  return level === 3 || level === 4 || level === 5 ? level : 'not-mqtt';
}

/** Whether bytes begin with a name, or are a beginning of it. */
function startsAlike(bytes: Buffer, name: Buffer): boolean {
  const length = Math.min(bytes.length, name.length);
  return bytes.subarray(0, length).equals(name.subarray(0, length));
}
