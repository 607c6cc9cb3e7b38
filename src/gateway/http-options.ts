import { isLoopback } from '../access/network.js';
import type { Config } from '../config/schema.js';
import type { HttpOptions } from '../http/options.js';
import { readServerCertificate } from './server-certificate.js';

/** The HTTP layer's settings as the configuration has them. */
export async function httpOptions(
  { http, mqtt, apparel }: Config,
  dependencies: { readonly version: string; readonly pagesFolder?: string },
): Promise<Pick<HttpOptions, 'version'> & Partial<HttpOptions>> {
  return {
    version: dependencies.version,
    pagesFolder: dependencies.pagesFolder,
    brokerUrl: mqtt.url === undefined ? undefined : mqtt.webSocketUrl,
    maxIngestBytes: http.bodyLimitBytes,
    maxImagesPerRequest: apparel.maxImagesPerRequest,
    maxConnections: http.maxConnections,
    requestsPerMinute: http.requestsPerMinute,
    allowedHosts: isLoopback(http.host) ? [http.host, ...http.allowedHosts] : undefined,
    tls: http.tls === undefined ? undefined : await readServerCertificate('http.tls', http.tls),
  };
}
