import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { createProxyTrust, type ProxyTrust } from '../shared/network.js';

/** Settings of the HTTP layer. */
export interface HttpOptions {
  /** Version of the gateway, named in the OpenAPI document. */
  readonly version: string;
  /** Folder of built pages to serve at `/`; without one, `/` lists the endpoints. */
  readonly pagesFolder: string | undefined;
  /** Largest body of a pushed message. */
  readonly maxIngestBytes: number;
  /** Pictures of one request. */
  readonly maxImagesPerRequest: number;
  /** Pictures in work. */
  readonly maxImages: number;
  /** What the bodies of requests of one kind may take of memory together: pictures, sensor data. */
  readonly imageBudgetBytes: number;
  /** Makes it HTTPS. Contents of PEM files; with `clientCa` clients must have a certificate of that authority. */
  readonly tls:
    | { readonly cert: string; readonly key: string; readonly clientCa?: string | undefined }
    | undefined;
  /** Connections beyond this take the place of those that are idle for longest. */
  readonly maxConnections: number;
  /** Requests a minute of one address, and of one token or device; more are answered 429. */
  readonly requestsPerMinute: { readonly perAddress: number; readonly perToken: number };
  /** Whose word counts on who asks. */
  readonly trustProxy: ProxyTrust;
  /**
   * Names besides `localhost` by which the gateway may be asked without a token; `undefined`: by any name, as it must be
   * where others than this machine reach it.
   */
  readonly allowedHosts: readonly string[] | undefined;
  /** MQTT over WebSocket of a broker elsewhere, which the page for phones connects to. */
  readonly brokerUrl: string | undefined;
  /** Live clients beyond this are sent away. */
  readonly maxLiveClients: number;
  /** Time between comments on a silent live stream, so that both ends and proxies see that it lives. */
  readonly heartbeatMs: number;
  /** Time a query of the store may take before the client is told to try again. */
  readonly queryTimeoutMs: number;
  /** Time for requests under way to finish when the gateway stops; then their connections are cut. */
  readonly closeGraceMs: number;
  /** Time for the request line and headers to arrive; also what a silent new connection gets. */
  readonly headersTimeoutMs: number;
  /** Time for a whole request to arrive: a full body over a slow phone connection. */
  readonly requestTimeoutMs: number;
  /** Time between two requests on one connection; above the longest push period of the phone apps (60 s). */
  readonly keepAliveTimeoutMs: number;
  /** Time without a byte in either direction before a connection under way is cut; above `heartbeatMs`. */
  readonly silenceTimeoutMs: number;
}

export const HTTP_DEFAULTS: Omit<HttpOptions, 'version'> = {
  pagesFolder: undefined,
  brokerUrl: undefined,
  maxIngestBytes: 8 * 1024 * 1024,
  maxImagesPerRequest: 32,
  maxImages: 64,
  imageBudgetBytes: 128 * 1024 * 1024,
  tls: undefined,
  maxConnections: 4000,
  requestsPerMinute: { perAddress: 60_000, perToken: 60_000 },
  trustProxy: createProxyTrust(false),
  allowedHosts: undefined,
  maxLiveClients: 200,
  heartbeatMs: 15_000,
  queryTimeoutMs: 30_000,
  closeGraceMs: 3000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 72_000,
  silenceTimeoutMs: 60_000,
};

/** The fastify instance as routes see it: types of requests and answers follow from their zod schemas. */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;
