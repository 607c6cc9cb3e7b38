import { messageOf } from '../../shared/errors.js';

/** The connection an error belongs to, for the text. */
export interface ConnectionTarget {
  /** Without user name and password. */
  readonly url: string;
  readonly username: string | undefined;
  readonly clientId: string;
  readonly keepaliveSeconds: number;
}

type Explain = (target: ConnectionTarget) => string;

const WRONG_LOGIN: Explain = ({ username }) =>
  username === undefined
    ? 'it needs a user name and a password: set mqtt.username and mqtt.password'
    : `it refuses the password of user "${username}", or the user: correct mqtt.username and mqtt.password`;
const NO_MQTT: Explain = () =>
  'something listens there but does not answer in MQTT: check the port and the scheme (mqtts:// and wss:// are for TLS)';
const UNREACHABLE: Explain = () =>
  'the host does not answer: check the address, the network and its firewall';
const UNTRUSTED: Explain = () =>
  'its certificate is not signed by an authority this gateway trusts: name the authority in mqtt.tls.caFile';
const NO_TLS: Explain = () =>
  'it does not speak TLS at this port: use the port for TLS, or mqtt:// (ws://) without it';

/** By the code of a Node.js or OpenSSL error, of a CONNACK, or of an MQTT 5 DISCONNECT. */
const EXPLANATIONS: ReadonlyMap<string | number, Explain> = new Map<string | number, Explain>([
  ['ECONNREFUSED', () => 'nothing listens there: start the broker or correct mqtt.url'],
  ['ENOTFOUND', () => 'the host’s name is not known: correct mqtt.url'],
  ['EAI_AGAIN', () => 'the host’s name cannot be looked up: check the name service of this machine'],
  ['ETIMEDOUT', UNREACHABLE],
  ['EHOSTUNREACH', UNREACHABLE],
  ['ENETUNREACH', UNREACHABLE],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['CERT_HAS_EXPIRED', () => 'its certificate has expired: renew it, or correct this machine’s clock'],
  ['CERT_NOT_YET_VALID', () => 'its certificate is not valid yet: correct this machine’s clock'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    () => 'its certificate is for another name: use the name the certificate gives in mqtt.url',
  ],
  ['ERR_SSL_WRONG_VERSION_NUMBER', NO_TLS],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', NO_TLS],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', () => 'it needs a client certificate: set mqtt.tls.certFile'],
  ['ECONNRESET', () => 'it broke the connection off; if it is for TLS only, use mqtts:// (wss://)'],
  [1, () => 'it does not speak this version of MQTT: change mqtt.protocolVersion'],
  [132, () => 'it does not speak this version of MQTT: change mqtt.protocolVersion'],
  [2, ({ clientId }) => `it refuses the client id "${clientId}": change mqtt.clientId`],
  [133, ({ clientId }) => `it refuses the client id "${clientId}": change mqtt.clientId`],
  [4, WRONG_LOGIN],
  [134, WRONG_LOGIN],
  [5, WRONG_LOGIN],
  [135, WRONG_LOGIN],
  [139, () => 'it is shutting down'],
  [152, () => 'its operator closed the connection'],
]);

/** Text of the error for a connection that ended before the broker had answered CONNECT. */
export const CLOSED_UNANSWERED = 'closed unanswered';

/** Errors that carry no code, by their text. */
const EXPLANATIONS_BY_TEXT: readonly (readonly [RegExp, Explain])[] = [
  [/connack timeout/i, NO_MQTT],
  [new RegExp(CLOSED_UNANSWERED), NO_MQTT],
  [/unexpected server response/i, NO_MQTT],
  [
    /keepalive timeout/i,
    ({ keepaliveSeconds }) => `it was silent for longer than the keepalive of ${keepaliveSeconds} s`,
  ],
  [/wrong version number/i, NO_TLS],
];

/** Says in an operator's words what is wrong with the connection to a broker and what to do; names no password. */
export function describeConnectionError(error: unknown, target: ConnectionTarget): string {
  const text = messageOf(error);
  const explain =
    EXPLANATIONS.get(codeOf(error) ?? '') ??
    EXPLANATIONS_BY_TEXT.find(([pattern]) => pattern.test(text))?.[1];
  return `broker ${target.url}: ${explain === undefined ? text : explain(target)}`;
}

/** Why a broker that accepts a connection closes it again and again. */
export function clashText(clientId: string): string {
  return (
    `the broker gives the client id "${clientId}" to another client each time: ` +
    'another gateway probably uses it too; give each its own mqtt.clientId'
  );
}

function codeOf(error: unknown): string | number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' || typeof error.code === 'number' ? error.code : undefined;
}
