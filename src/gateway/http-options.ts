import type { Config } from '../config/schema.js';
import { readServerCertificate } from '../config/secret-files.js';
import type { HttpOptions } from '../http/options.js';
import { createProxyTrust, isLoopback } from '../shared/network.js';

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
    maxImages: apparel.maxImages,
    maxConnections: http.maxConnections,
    trustProxy: createProxyTrust(http.trustProxy),
    requestsPerMinute: http.requestsPerMinute,
    allowedHosts: allowedHostsOf(http.host, { http }),
    tls: http.tls === undefined ? undefined : await readServerCertificate('http.tls', http.tls),
  };
}

/** Names by which web pages may ask what listens on a host; `undefined`: any, as others than this machine reach it. */
export function allowedHostsOf(host: string, { http }: Pick<Config, 'http'>): readonly string[] | undefined {
  return isLoopback(host) ? [host, ...http.allowedHosts] : undefined;
}
