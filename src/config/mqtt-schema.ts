import { z } from 'zod';
import { MESSAGE_FORMATS } from '../domain/message.js';
import { deviceId, port, serverTls } from './fields.js';

const tls = z
  .strictObject({
    caFile: z.string().optional().describe('Certificate authority to trust, PEM'),
    certFile: z.string().optional().describe('Own certificate, PEM'),
    keyFile: z.string().optional().describe('Own key, PEM'),
    rejectUnauthorized: z.boolean().default(true).describe('false accepts any certificate: for tests only'),
  })
  .describe('TLS towards an external broker');

const subscription = z.strictObject({
  topic: z
    .string()
    .min(1)
    .describe('MQTT topic filter; one + or {device} level names the device unless `device` does'),
  format: z.enum(MESSAGE_FORMATS),
  device: deviceId.optional().describe('Device all messages of this topic come from'),
});

export const mqtt = z
  .strictObject({
    embedded: z.boolean().default(true).describe('Run a broker inside the gateway; false needs `url`'),
    host: z.string().default('127.0.0.1').describe('Address the embedded broker listens on'),
    port: port(1883).describe('MQTT over TCP of the embedded broker; 0: any free port'),
    webSocketPort: port(0).describe('MQTT over WebSocket of the embedded broker; 0: any free port'),
    tlsListener: serverTls.optional().describe('TLS on both ports of the embedded broker'),
    url: z
      .url({ protocol: /^(mqtts?|wss?)$/, error: 'must be a URL: mqtt://, mqtts://, ws:// or wss://' })
      .optional()
      .describe('External broker'),
    webSocketUrl: z
      .string()
      .regex(/^wss?:\/\//, 'ws:// or wss://')
      .optional()
      .describe('MQTT over WebSocket of an external broker, for the page that phones open'),
    username: z.string().optional().describe('User at an external broker'),
    password: z.string().optional().describe('Its password; passwordFile shows it to fewer people'),
    passwordFile: z.string().optional().describe('File whose first line is the password'),
    clientId: z.string().default('alongside').describe('Stable, so that the broker keeps the session'),
    protocolVersion: z
      .union([z.literal(4), z.literal(5)])
      .default(4)
      .describe('4: MQTT 3.1.1, 5: MQTT 5'),
    keepaliveSeconds: z
      .int()
      .min(5)
      .max(3600)
      .default(60)
      .describe('Longest silence on a connection to an external broker'),
    reconnectMaxSeconds: z
      .int()
      .min(1)
      .max(3600)
      .default(30)
      .describe('Longest wait between two attempts to reach an external broker'),
    tls: tls.optional(),
    subscriptions: z
      .array(subscription)
      .default([
        { topic: 'sensor-logger', format: 'sensor-logger' },
        { topic: 'sensor-logger/+', format: 'sensor-logger' },
      ])
      .describe('Topics of other apps, besides alongside/<device>/…'),
  })
  .prefault({})
  .describe('Where phones publish');
