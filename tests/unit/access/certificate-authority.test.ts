import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createLocalCertificates,
  type LocalCertificates,
} from '../../../src/access/certificate-authority.js';

const NOW_MS = Date.UTC(2026, 0, 31, 12);
const DAY_MS = 86_400_000;
const HOSTS = ['gateway.lan', '192.168.1.5', '::1'];

let made: LocalCertificates;
let server: X509Certificate;
let authority: X509Certificate;
beforeAll(async () => {
  made = await createLocalCertificates({ hosts: HOSTS, nowMs: NOW_MS });
  server = new X509Certificate(made.certificate);
  authority = new X509Certificate(made.authority);
});

describe('createLocalCertificates', () => {
  it('makes a server certificate that its authority vouches for', () => {
    expect(authority.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.checkIssued(authority)).toBe(true);
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
    expect(server.verify(server.publicKey)).toBe(false);
  });

  it('names every host, names as names and addresses as addresses', () => {
    expect(server.checkHost('gateway.lan')).toBe('gateway.lan');
    expect(server.checkIP('192.168.1.5')).toBe('192.168.1.5');
    expect(server.checkIP('::1')).toBe('::1');
    expect(server.checkHost('other.lan')).toBeUndefined();
    expect(server.checkIP('192.168.1.6')).toBeUndefined();
  });

  it('counts for as long as iPhones allow, and from a day ago', () => {
    const fromMs = Date.parse(server.validFrom);
    const toMs = Date.parse(server.validTo);
    expect(toMs).toBe(made.expiresAtMs);
    expect(toMs - fromMs).toBeLessThanOrEqual(825 * DAY_MS);
    expect(fromMs).toBe(NOW_MS - DAY_MS);
    expect(Date.parse(authority.validTo)).toBeGreaterThan(toMs);
  });

  it('is for servers only', () => {
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('gives the key that belongs to the certificate', () => {
    expect(() => createSecureContext({ cert: made.certificate, key: made.key })).not.toThrow();
  });

  it('makes another key and serial number each time', async () => {
    const again = await createLocalCertificates({ hosts: HOSTS, nowMs: NOW_MS });
    expect(again.key).not.toBe(made.key);
    expect(new X509Certificate(again.certificate).serialNumber).not.toBe(server.serialNumber);
  });
});
