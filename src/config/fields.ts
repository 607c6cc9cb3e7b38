import { z } from 'zod';
import { DEVICE_ID_RULE, parseDeviceId } from '../domain/ids.js';

/** A TCP port. */
export const port = (fallback: number) => z.int().min(0).max(65_535).default(fallback);

export const milliseconds = (fallback: number, what: string) =>
  z.number().nonnegative().default(fallback).describe(`${what}, milliseconds`);
export const deviceId = z.string().refine((text) => parseDeviceId(text) !== undefined, DEVICE_ID_RULE);

/** TLS of a server of ours. */
export const serverTls = z.strictObject({
  certFile: z.string().describe('Certificate, with those between it and its authority, PEM'),
  keyFile: z.string().describe('Its key, PEM'),
  clientCaFile: z
    .string()
    .optional()
    .describe('Accepts only clients with a certificate of this authority, PEM'),
});
