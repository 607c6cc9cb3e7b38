import { z } from 'zod';
import { port, serverTls } from './fields.js';

export const http = z
  .strictObject({
    host: z.string().default('127.0.0.1').describe('Address to listen on'),
    port: port(8080).describe('0: any free port'),
    bodyLimitBytes: z.int().positive().default(10_000_000).describe('Largest request body'),
    tls: serverTls.optional().describe('HTTPS instead of HTTP'),
    publicUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Address by which phones reach the gateway, where it is not one of its own'),
    joinMinutes: z
      .number()
      .positive()
      .max(1440)
      .default(10)
      .describe('Minutes in which a link that lets a phone in must be used'),
    maxConnections: z
      .int()
      .min(10)
      .default(4000)
      .describe('Connections at once; beyond it those that are idle for longest are closed'),
    requestsPerMinute: z
      .strictObject({
        perAddress: z.int().positive().default(60_000).describe('From one address'),
        perToken: z.int().positive().default(60_000).describe('With one token'),
      })
      .prefault({})
      .describe('Requests beyond this are answered 429'),
    trustProxy: z
      .union([z.boolean(), z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))])
      .default(false)
      .describe(
        'Take the address of the client from X-Forwarded-For: true where every connection comes through one proxy, or the addresses ' +
          'and networks of proxies. For limits by address; also of MQTT over WebSocket',
      ),
    allowedHosts: z
      .array(z.string())
      .default([])
      .describe('Host names, besides localhost, by which web pages may reach a gateway that needs no token'),
  })
  .prefault({})
  .describe('The HTTP server: API, dashboard, metrics');
