import fastifyHelmet from '@fastify/helmet';
import { type FastifyBaseLogger, fastify, LogController } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { guardAccess } from './access-guard.js';
import { createAnswerSerializer } from './answer-serializer.js';
import { createHttpServer } from './create-server.js';
import type { HttpDependencies, HttpEvents } from './dependencies.js';
import {
  type AllowedMethods,
  answerClientError,
  createAllowedMethods,
  handleErrors,
  sendProblem,
} from './error-handling.js';
import { FairShare } from './fair-share.js';
import { acceptMqttUpgrades } from './mqtt-upgrade.js';
import { describeRoutes } from './openapi.js';
import { HTTP_DEFAULTS, type HttpApp, type HttpOptions } from './options.js';
import { addAlertRoutes } from './routes/alerts.js';
import { addClassifyRoute } from './routes/classify.js';
import { addCompanyRoutes } from './routes/company.js';
import { addDaysRoute } from './routes/days.js';
import { addDeviceRoutes, addForgetRoute } from './routes/devices.js';
import { addDisagreementRoute } from './routes/disagreement.js';
import { addEventsRoute } from './routes/events.js';
import { addJoinRoutes } from './routes/join.js';
import { addLabelsRoute, addListLabelsRoute } from './routes/labels.js';
import { addModelsRoute, addRecordingsRoutes } from './routes/models.js';
import { addAccessRoute, addHealthRoutes, addLedgerRoute, addMetricsRoute } from './routes/operation.js';
import { addHomeRoute, addOpenApiRoute, addPages } from './routes/pages.js';
import { addPlacementRoutes } from './routes/placement.js';
import { addProbabilitiesRoute } from './routes/probabilities.js';
import { addSensorLoggerRoute } from './routes/sensor-logger.js';
import { addSimilarRoute } from './routes/similar.js';
import { addTimelineRoute } from './routes/timeline.js';
import { addWebhookDeliveryRoutes, addWebhookRoutes } from './routes/webhooks.js';
import { addWindowsRoute } from './routes/windows.js';
import { addInferenceRoutes } from './v2/inference.js';

/** Bodies of routes that state no limit of their own. */
const BODY_LIMIT_BYTES = 64 * 1024;
/** Longer than any name in a path can be, so that long names are refused with the reason and absurd ones early. */
const MAX_PARAM_CHARACTERS = 256;
/** Browsers keep to HTTPS for this long once they have seen it. */
const HSTS_SECONDS = 15_552_000;

/**
 * Builds the HTTP side of the gateway, ready but not listening: call `listen` on it, and `close` (or dispose) to
 * stop. Closing ends live streams, lets requests under way finish for `closeGraceMs`, then cuts connections.
 */
export async function createHttpApp(
  options: Pick<HttpOptions, 'version'> & Partial<HttpOptions>,
  dependencies: HttpDependencies,
): Promise<HttpApp> {
  const settings: HttpOptions = { ...HTTP_DEFAULTS, ...options };
  const app = createFastify(settings, dependencies);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(createAnswerSerializer(dependencies.events.rowLeftOut));
  const allowed = createAllowedMethods();
  collectMethods(app, allowed);
  cutConnectionsAfterGrace(app, settings.closeGraceMs);
  reportAnswers(app, dependencies.events);
  handleErrors(app, allowed, dependencies.events);
  await addSecureHeaders(app, settings);
  await guardAccess(app, settings, dependencies);
  acceptMqttUpgrades(app, settings, dependencies);
  await describeRoutes(app, settings.version);
  addRoutes(app, settings, dependencies);
  if (settings.pagesFolder === undefined) addHomeRoute(app);
  else await addPages(app, settings.pagesFolder);
  await app.ready();
  return app;
}

function createFastify(options: HttpOptions, { logger, events }: HttpDependencies): HttpApp {
  const loggerInstance: FastifyBaseLogger = logger;
  return fastify({
    loggerInstance,
    trustProxy: options.trustProxy,
    // Requests are reported as events instead: fastify's own lines hold whole URLs.
    logController: new LogController({ disableRequestLogging: true }),
    serverFactory: createHttpServer(options),
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_CHARACTERS },
    schemaController: { compilersFactory: { buildValidator: neverBuilt, buildSerializer: neverBuilt } },
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply, events),
  }).withTypeProvider<ZodTypeProvider>();
}

/** Without factories Fastify loads Ajv and fast-json-stringify, 100 files, though the app brings compilers of its own. */
function neverBuilt(): never {
  throw new Error('schemas are compiled by the compilers that the app sets');
}

function addRoutes(app: HttpApp, options: HttpOptions, dependencies: HttpDependencies): void {
  const pictures = new FairShare(options.maxImages, options.maxImagesPerRequest);
  addDeviceRoutes(app, options, dependencies);
  addForgetRoute(app, dependencies);
  addPlacementRoutes(app, dependencies);
  addAccessRoute(app, dependencies);
  addJoinRoutes(app, dependencies);
  addTimelineRoute(app, options, dependencies);
  addDaysRoute(app, options, dependencies);
  addProbabilitiesRoute(app, options, dependencies);
  addCompanyRoutes(app, options, dependencies);
  addWindowsRoute(app, dependencies);
  addEventsRoute(app, options, dependencies);
  addSensorLoggerRoute(app, options, dependencies);
  addAlertRoutes(app, dependencies);
  addWebhookRoutes(app, dependencies);
  addWebhookDeliveryRoutes(app, dependencies);
  addLabelsRoute(app, dependencies);
  addListLabelsRoute(app, dependencies);
  addRecordingsRoutes(app, dependencies);
  addModelsRoute(app, dependencies);
  addClassifyRoute(app, options, dependencies, pictures);
  addSimilarRoute(app, options, dependencies, pictures);
  addInferenceRoutes(app, options, dependencies, pictures);
  addDisagreementRoute(app, dependencies);
  addLedgerRoute(app, dependencies);
  addHealthRoutes(app, dependencies);
  addMetricsRoute(app, dependencies);
  addOpenApiRoute(app);
}

function collectMethods(app: HttpApp, allowed: AllowedMethods): void {
  app.addHook('onRoute', ({ url, method }) => allowed.add(url, [method].flat()));
}

/** What is not done when the grace is over will not be done: a slow reader must not hold up the stop. */
function cutConnectionsAfterGrace(app: HttpApp, graceMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  app.addHook('preClose', (done) => {
    timer = setTimeout(() => app.server.closeAllConnections(), graceMs);
    done();
  });
  app.addHook('onClose', (_app, done) => {
    clearTimeout(timer);
    done();
  });
}

function reportAnswers(app: HttpApp, events: HttpEvents): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    // A live stream lasts as long as someone looks; that is no duration of a request.
    if (route !== '/v1/events') {
      const { method } = request;
      events.httpAnswered({ method, route, status: reply.statusCode, durationMs: reply.elapsedTime });
    }
    done();
  });
}

/** Nothing from other hosts, no framing, no answer kept in caches; other sites may not call (no CORS headers). */
async function addSecureHeaders(app: HttpApp, { brokerUrl, tls }: HttpOptions): Promise<void> {
  const broker = brokerUrl === undefined ? [] : [new URL(brokerUrl).origin];
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'", ...broker],
        manifestSrc: ["'self'"],
        workerSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    // Without TLS on a local network a browser must not be told otherwise.
    strictTransportSecurity: tls !== undefined && { maxAge: HSTS_SECONDS, includeSubDomains: false },
  });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
}
