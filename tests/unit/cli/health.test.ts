import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { healthUrl } from '../../../src/cli/health.js';
import { runProgram } from '../../../src/cli/program.js';
import { cliContext } from '../../helpers/cli-context.js';
import { freePort } from '../../helpers/free-port.js';

const TLS = { certFile: 'cert.pem', keyFile: 'key.pem' };

async function healthOf(status: number): Promise<readonly string[]> {
  const server = createServer(({ url }, response) =>
    response.writeHead(url === '/health/ready' ? status : 404).end('no'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo;
  const context = cliContext();
  try {
    await runProgram(context, ['health', '--set', `http.port=${port}`]);
    return context.lines;
  } finally {
    server.close();
  }
}

describe('alongside health', () => {
  it.each([
    [{ host: '127.0.0.1', port: 8080 }, 'http://127.0.0.1:8080/health/ready'],
    [{ host: '0.0.0.0', port: 9000 }, 'http://127.0.0.1:9000/health/ready'],
    [{ host: '::', port: 8080, tls: TLS }, 'https://[::1]:8080/health/ready'],
    [{ host: 'gateway.example', port: 443, tls: TLS }, 'https://gateway.example/health/ready'],
  ])('asks where the configuration says: %j', (http, url) => {
    expect(healthUrl({ tls: undefined, ...http }).href).toBe(url);
  });

  it('says that a port chosen at the start is not known', () => {
    expect(() => healthUrl({ host: '127.0.0.1', port: 0, tls: undefined })).toThrow('http.port is 0');
  });

  it('is content with a gateway that is ready, and fails otherwise', async () => {
    expect(await healthOf(200)).toEqual([expect.stringContaining('ready: http://127.0.0.1:')]);
    await expect(healthOf(503)).rejects.toThrow('is not ready: no');
    const port = await freePort();
    await expect(runProgram(cliContext(), ['health', '--set', `http.port=${port}`])).rejects.toThrow(
      'does not answer',
    );
  });
});
