import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readServerCertificate } from '../../../src/config/secret-files.js';
import { createCertificates } from '../../helpers/create-certificates.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

describe('readServerCertificate', () => {
  it('reads what belongs together', async () => {
    await using folder = await temporaryFolder();
    const files = await createCertificates(folder.path);
    const certificate = await readServerCertificate('http.tls', { ...files, clientCaFile: files.certFile });
    expect(certificate.cert).toContain('BEGIN CERTIFICATE');
    expect(certificate.key).toContain('PRIVATE KEY');
    expect(certificate.clientCa).toBe(certificate.cert);
  });

  it.each(['certFile', 'keyFile', 'clientCaFile'])('says when %s is not there', async (setting) => {
    await using folder = await temporaryFolder();
    const files = await createCertificates(folder.path);
    const wrong = { ...files, [setting]: join(folder.path, 'none.pem') };
    await expect(readServerCertificate('http.tls', wrong)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(readServerCertificate('http.tls', wrong)).rejects.toThrow(`http.tls.${setting}`);
  });

  it('says when they do not belong together, or are none', async () => {
    await using one = await temporaryFolder();
    await using other = await temporaryFolder();
    const files = await createCertificates(one.path);
    const { keyFile } = await createCertificates(other.path);
    await expect(readServerCertificate('http.tls', { ...files, keyFile })).rejects.toThrow(/cannot be used/);
    await writeFile(files.certFile, 'rubbish');
    await expect(readServerCertificate('http.tls', files)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
