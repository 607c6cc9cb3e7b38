// Written by "npm run client" from the OpenAPI document of the gateway; not to be edited.
export interface paths {
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Answers as long as the process works */
        get: operations["isLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 200 when data is taken and results are stored, else 503; both list each part
         * @description Needs no token; what is wrong with a part is said to those who may read.
         */
        get: operations["isReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics for Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The scopes of the token that is sent, or of those who send none */
        get: operations["getAccess"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alert-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Alert rules */
        get: operations["listAlertRules"];
        put?: never;
        /** Make an alert rule; refused when it contradicts itself or another rule */
        post: operations["createAlertRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alert-rules/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a rule that was made by API; its alerts are cleared */
        delete: operations["removeAlertRule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Alerts that are raised and not cleared */
        get: operations["listAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apparel/classify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What is on a picture, or on several
         * @description The body is a JPEG, PNG or WebP picture (`image/…`), or a form (`multipart/form-data`) with one file a picture. Pictures are not kept.
         */
        post: operations["classifyApparel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/apparel/similar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Items of the catalogue that resemble a picture
         * @description The catalogue is what `alongside apparel index FOLDER` made. The body is one picture: of an item, or with `worn=true` of people, whose upper and lower garments are looked for.
         */
        post: operations["findSimilarApparel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/company": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is together at a time, by default now */
        get: operations["listCompany"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every device: seen since the start, or with results in the store */
        get: operations["listDevices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One device: statuses, sensors, delivery, clock */
        get: operations["getDevice"];
        put?: never;
        post?: never;
        /** Remove results, recordings and credentials of a device, everywhere, and check that they are gone */
        delete: operations["forgetDevice"];
        options?: never;
        head?: never;
        /** Say where a device is worn; models that are made for another place do not speak of it */
        patch: operations["changeDevice"];
        trace?: never;
    };
    "/v1/devices/{id}/company": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** With which other devices a device was together, by default in the last 24 hours */
        get: operations["getCompany"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}/company/choice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether a device takes part in company */
        get: operations["getCompanyChoice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Let a device take part in company, or no longer; what was found out by then stays until it is forgotten */
        patch: operations["chooseCompany"];
        trace?: never;
    };
    "/v1/devices/{id}/days": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Time per calendar day in each status of a target, by default of the last 24 hours */
        get: operations["getDays"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Labels that people gave in a time range, by default the last 24 hours */
        get: operations["listLabels"];
        put?: never;
        /** Label what is true of the wearer; the same JSON as on the topic alongside/{device}/labels */
        post: operations["labelRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}/placement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where a device is worn, as far as somebody has said */
        get: operations["getDevicePlacement"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}/probabilities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Mean probabilities and coverage in slots of equal length, by default of the last 24 hours */
        get: operations["getProbabilities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}/recording": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the gateway records what a device sends, and so keeps its labels */
        get: operations["getDeviceRecording"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Statuses of one target over a time range, by default the last 24 hours, at most until now
         * @description The target `apparel` gives the labels of the frames of the device’s camera.
         */
        get: operations["getTimeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/devices/{id}/windows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Window results that end in a time range, by default the last 24 hours */
        get: operations["listWindows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Live events (server-sent events), resumable by Last-Event-ID
         * @description Each event has an id, a type (`event:`) and one line of JSON (`data:`). An event `reset` says that events were missed: load again what you show.
         */
        get: operations["listenToEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ingest/sensor-logger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * HTTP push of the app Sensor Logger
         * @description A message of which nothing can be used is answered with status 499 and a text: the app shows it to the person who holds the phone, and goes on; every other status it only counts.
         */
        post: operations["pushSensorLogger"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange an invitation for the phone's own credentials */
        post: operations["joinAsDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/join-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a token by which one phone may join, once and within minutes */
        post: operations["inviteDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/join-tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether a phone has joined by the newest invitation of a device */
        get: operations["getInvitation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was received and what became of it */
        get: operations["getLedger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Models in service, each with its manifest */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}/disagreement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where a candidate (models.candidates) disagrees with the models in service, window by window
         * @description By default the last 24 hours. Windows are compared as they are, before smoothing and dwell.
         */
        get: operations["compareCandidate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recordings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Labelled recordings below dataDir/recordings, in alphabetical order */
        get: operations["listRecordings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every endpoint, without its secret */
        get: operations["listWebhooks"];
        put?: never;
        /** Make a webhook: events are sent to its URL, signed after Standard Webhooks */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One endpoint, without its secret */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /** Remove an endpoint with its log and the events that wait for it */
        delete: operations["removeWebhook"];
        options?: never;
        head?: never;
        /** Change, disable or enable an endpoint; what waits is tried at once */
        patch: operations["changeWebhook"];
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Attempts at an endpoint, and the events that wait for it */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries/{eventId}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send an event of the log once more, behind those that wait */
        post: operations["resendDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give an endpoint a new secret; the old one signs beside it for a while */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a webhook.test at once, and say what became of it */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Open Inference Protocol, version 2: the server */
        get: operations["getInferenceServer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server is alive */
        get: operations["isInferenceLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server can infer: 200, or 503 */
        get: operations["isInferenceReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Names of the models in service */
        get: operations["listInferenceModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Inputs and outputs of a model */
        get: operations["getInferenceModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/infer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a model on tensors
         * @description Tensors are taken as the model’s file takes them: nothing is scaled. An image model also takes encoded pictures: BYTES of shape [n], base64 in JSON. Tensors may follow the JSON as bytes (binary tensor data extension).
         */
        post: operations["infer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether a model can be run: 200, or 404 */
        get: operations["isInferenceModelReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Access: {
            /** @description Of the token; null without one that is right */
            name: string | null;
            /** @description What may be done; admin includes the others */
            scopes: ("read" | "ingest" | "admin")[];
        };
        Alert: {
            cleared: {
                /** @description Epoch milliseconds */
                atMs: number;
                /** @enum {string} */
                reason: "condition-over" | "hours-over" | "rule-removed";
            } | null;
            device: string;
            id: string;
            /** @description Epoch milliseconds */
            raisedAtMs: number;
            rule: string;
            /** @description Since when the condition of the rule has held */
            sinceMs: number;
            text: string;
        };
        AlertRule: {
            /**
             * @description config: only an editor of the configuration changes it
             * @enum {string}
             */
            origin: "config" | "api";
            /** @description As it was given, with defaults */
            rule: {
                [key: string]: unknown;
            };
        };
        AlertRules: {
            rules: components["schemas"]["AlertRule"][];
        };
        Alerts: {
            alerts: components["schemas"]["Alert"][];
            /** @description false: a gateway that shares phones does not answer */
            complete: boolean;
        };
        Classification: {
            /** @description The model’s features, scaled to length 1 */
            embedding?: number[];
            /** @description Of a form: every file, in its order. The fields beside it are there for a single picture */
            images?: {
                /** @description The model’s features, scaled to length 1 */
                embedding?: number[];
                /** @description Why there are no labels for it */
                error?: components["schemas"]["Problem"];
                /** @description The most probable first */
                labels?: {
                    label: string;
                    /** @description 0 to 1 */
                    probability: number;
                }[];
                /** @description Name of the file */
                name: string | null;
                /** @description Of a model that looks at people: each with what it wears, the surest first; empty when nobody was found */
                people?: {
                    box: {
                        /** @description Share of the width or height of the picture */
                        bottom: number;
                        /** @description Share of the width or height of the picture */
                        left: number;
                        /** @description Share of the width or height of the picture */
                        right: number;
                        /** @description Share of the width or height of the picture */
                        top: number;
                    };
                    /** @description The most probable first */
                    labels: {
                        label: string;
                        /** @description 0 to 1 */
                        probability: number;
                    }[];
                }[];
                /** @description Where the time went, waiting included */
                timings?: {
                    /** @description Milliseconds */
                    decodeMs: number;
                    /** @description Milliseconds */
                    inferMs: number;
                    /** @description Milliseconds */
                    totalMs: number;
                };
            }[];
            /** @description The most probable first */
            labels?: {
                label: string;
                /** @description 0 to 1 */
                probability: number;
            }[];
            model: string;
            /** @description Of a model that looks at people: each with what it wears, the surest first; empty when nobody was found */
            people?: {
                box: {
                    /** @description Share of the width or height of the picture */
                    bottom: number;
                    /** @description Share of the width or height of the picture */
                    left: number;
                    /** @description Share of the width or height of the picture */
                    right: number;
                    /** @description Share of the width or height of the picture */
                    top: number;
                };
                /** @description The most probable first */
                labels: {
                    label: string;
                    /** @description 0 to 1 */
                    probability: number;
                }[];
            }[];
            /** @description Where the time went, waiting included */
            timings?: {
                /** @description Milliseconds */
                decodeMs: number;
                /** @description Milliseconds */
                inferMs: number;
                /** @description Milliseconds */
                totalMs: number;
            };
        };
        Company: {
            /** @description false in a cluster while a gateway does not answer that may know a reason */
            complete: boolean;
            device: string;
            /** @description When it was together with whom, oldest first; those with different devices may overlap */
            intervals: {
                /** @description Epoch milliseconds */
                fromMs: number;
                /** @description That they were together, 0 to 1 */
                probability: number;
                /** @description Not included */
                toMs: number;
                /** @description The other device */
                with: string;
            }[];
            /** @description Where nothing is found out now: why */
            reason?: {
                /** @description One of switched-off, not-agreed, clock, copy; more may be added */
                code: string;
                /** @description What is so, and what to do about it */
                text: string;
            };
        };
        CompanyChoice: {
            device: string;
            /** @description Whether the gateway looks for company */
            enabled: boolean;
            /** @description null: nobody has chosen, and so it takes no part */
            takesPart: boolean | null;
        };
        CompanyGroups: {
            /** @description Epoch milliseconds */
            atMs: number;
            /** @description false in a cluster while a gateway does not answer whose devices are missing */
            complete: boolean;
            /** @description Whether the gateway looks for company */
            enabled: boolean;
            /** @description Devices that are together; a device that is with one of a group belongs to it */
            groups: string[][];
        };
        Days: {
            /** @description Oldest first; days of which nothing is known are left out */
            days: {
                /** @description Of a target with more than two classes: by class */
                classesMs?: {
                    [key: string]: number;
                };
                /** @description YYYY-MM-DD */
                day: string;
                /** @description Where what is known of the day begins */
                fromMs: number;
                /** @description Milliseconds */
                noMs: number;
                /** @description Milliseconds */
                unknownMs: number;
                /** @description Milliseconds */
                yesMs: number;
            }[];
            device: string;
            target: string;
            timeZone: string;
        };
        Deliveries: {
            /** @description Attempts, newest first */
            deliveries: components["schemas"]["Delivery"][];
            /** @description Events that wait, oldest first */
            waiting: {
                device: string;
                /** @description Epoch milliseconds */
                eventAtMs: number;
                eventId: string;
                /** @enum {string} */
                type: "status.changed" | "device.online" | "device.offline" | "apparel.detected" | "company.changed" | "alert.raised" | "alert.cleared";
            }[];
        };
        Delivery: {
            attempt: number;
            /** @description Epoch milliseconds */
            attemptedAtMs: number;
            /** @description What went wrong; empty when nothing did */
            detail: string;
            device: string | null;
            durationMs: number;
            /** @description Epoch milliseconds */
            eventAtMs: number;
            /** @description The webhook-id that was sent */
            eventId: string;
            nextAttemptMs: number | null;
            /**
             * @description failed: it is tried again; disabled: the receiver answered 410
             * @enum {string}
             */
            outcome: "delivered" | "failed" | "given-up" | "disabled";
            /** @description Of the answer; null where there was none */
            status: number | null;
            type: string;
        };
        Device: {
            clock: {
                driftPpm: number;
                /** @enum {string} */
                kind: "epoch" | "boot" | "experiment";
                /** @description Gateway time minus device time */
                offsetMs: number;
            } | null;
            /** @description Counted from message numbers, since the gateway started */
            delivery: {
                duplicates: number;
                messages: number;
                missing: number;
                reordered: number;
            };
            id: string;
            /** @description When it sent last, by the gateway’s clock; null: not known */
            lastSeenMs: number | null;
            online: boolean;
            /**
             * @description Where it is worn; any: now here, now there. assumed: nobody has said, and models speak as if it were worn where they need it
             * @enum {string}
             */
            placement: "chest" | "pocket" | "wrist" | "hand" | "any" | "assumed";
            platform: {
                /** @enum {string} */
                from: "declared" | "detected" | "assumed";
                /** @enum {string} */
                name: "ios" | "android";
            } | null;
            /** @description What became of the samples, by fate */
            samples: {
                [key: string]: number;
            };
            sensors: {
                rateHz: number;
                samples: number;
                sensor: string;
            }[];
            statuses: {
                /** @description 0 to 1 */
                confidence: number;
                /**
                 * @description assumed: the model is for one place, and nobody has said that the device is worn there
                 * @constant
                 */
                placement?: "assumed";
                /** @description Of unknown: why nothing is known */
                reason?: components["schemas"]["UnknownReason"];
                /** @description true: the answer of a model made on simulated people */
                simulated?: boolean;
                /** @description Epoch milliseconds */
                sinceMs: number;
                /** @description `yes`, `no` or `unknown`; of a target with more than two classes a class or `unknown` */
                status: string;
                target: string;
            }[];
        };
        DevicePlacement: {
            device: string;
            /**
             * @description Where it is worn; any: now here, now there. assumed: nobody has said, and models speak as if it were worn where they need it
             * @enum {string}
             */
            placement: "chest" | "pocket" | "wrist" | "hand" | "any" | "assumed";
        };
        DeviceRecording: {
            device: string;
            /** @description false: its samples and labels are not kept */
            recording: boolean;
        };
        Devices: {
            /** @description false: the store does not answer, devices not seen since the start are missing */
            complete: boolean;
            /** @description In alphabetical order */
            devices: components["schemas"]["Device"][];
        };
        Disagreement: {
            candidate: string;
            fromMs: number;
            /** @description Where they disagree, by device and target, oldest first */
            intervals: {
                /** @enum {string} */
                candidate: "yes" | "no";
                device: string;
                fromMs: number;
                /**
                 * @description What the model in service says
                 * @enum {string}
                 */
                model: "yes" | "no";
                target: string;
                /** @description Not included */
                toMs: number;
                windows: number;
            }[];
            targets: {
                disagreements: number;
                /** @description Mean distance between the two probabilities */
                meanDifference: number | null;
                /** @description The model in service that decides this target */
                model: string;
                modelVersion: string;
                onlyCandidate: number;
                /** @description Windows that only the model in service takes for positive */
                onlyModel: number;
                /** @description Share of windows in which they disagree, 0 to 1 */
                rate: number | null;
                target: string;
                /** @description Windows that both have */
                windows: number;
            }[];
            toMs: number;
            /** @description true: there are more intervals */
            truncated: boolean;
            version: string;
        };
        Forgotten: {
            device: string;
            /** @description What was checked; `detail` says why something is left */
            parts: {
                detail: string;
                name: string;
                removed: boolean;
            }[];
            /** @description Nothing of the device was found any more after the removal */
            removed: boolean;
        };
        Health: {
            parts: {
                detail: string;
                name: string;
                ok: boolean;
            }[];
            ready: boolean;
        };
        InferenceModel: {
            inputs: {
                datatype: string;
                name: string;
                shape: number[];
            }[];
            name: string;
            outputs: {
                datatype: string;
                name: string;
                shape: number[];
            }[];
            platform: string;
            versions: string[];
        };
        Invitation: {
            /** @description Where phones may reach the gateway; empty: this machine only */
            addresses: string[];
            device: string;
            /** @description Epoch milliseconds */
            expiresAtMs: number;
            /** @description What a phone opens, below one of the addresses */
            path: string;
            /** @description Told once */
            token: string;
        };
        InvitationState: {
            device: string;
            /**
             * @description joined: a phone used the invitation
             * @enum {string}
             */
            state: "waiting" | "joined" | "expired";
        };
        Joined: {
            device: string;
            mqtt: {
                /** @description null: the broker asks nobody */
                password: string | null;
                path: string;
                /** @description MQTT over WebSocket; null: at `path` of this server */
                url: string | null;
                username: string;
            };
            /** @description Sensors that the models in service look at */
            sensors: string[];
        };
        Labels: {
            device: string;
            /** @description Oldest first; null: not said */
            labels: {
                accompanied: boolean | null;
                activity: string | null;
                conversation: boolean | null;
                /** @description Epoch milliseconds */
                fromMs: number;
                recording: string;
                /** @description Not included */
                toMs: number;
                /** @description Subjects who were there */
                with?: string[];
            }[];
        };
        Ledger: {
            balanced: boolean;
            /** @description Pictures of devices */
            frames: {
                classified: number;
                pending: number;
                received: number;
                /** @description By reason */
                rejected: {
                    [key: string]: number;
                };
            };
            /** @description Samples of sensors that no model uses, by name */
            ignoredSensors: {
                [key: string]: number;
            };
            messages: {
                accepted: number;
                received: number;
                /** @description By reason */
                rejected: {
                    [key: string]: number;
                };
            };
            /** @description `accepted`, and how many had which fate */
            samples: {
                [key: string]: number;
            };
            windows: {
                due: number;
                pending: number;
                /** @description By reason */
                skipped: {
                    [key: string]: number;
                };
                stored: number;
            };
        };
        Model: {
            /**
             * @description adc: raw converter counts
             * @default m/s2
             * @enum {string}
             */
            accelerometerUnit: "m/s2" | "adc";
            /**
             * @description window: each channel is centred on its mean over the window before scaling
             * @default none
             * @enum {string}
             */
            centre: "none" | "window";
            channels: string[];
            /** @description model.onnx, or model.json of a tf.layers model */
            file: string;
            /**
             * @description What accelerometer channels hold; "any": trained on both, takes what the phone sends
             * @enum {string}
             */
            gravity: "included" | "removed" | "any";
            /** @description Name of the input tensor, shape [batch, sizeSamples, channels] */
            input: string;
            /** @constant */
            kind: "sequence";
            /** @description One a channel, in its unit: after centring, v becomes asinh(v / knee), linear for small and logarithmic for large movements; absent: v stays */
            knee?: number[];
            /** @description One a channel, in the channel’s unit (with a knee: without unit) */
            mean: number[];
            name: string;
            /**
             * @description Where the sensor must be worn; any: the model was made for every place, or nobody said
             * @default any
             * @enum {string}
             */
            placement: "chest" | "pocket" | "wrist" | "hand" | "any";
            provenance: {
                /** @description Command line that trains it again */
                command?: string;
                /** @description What it was trained on */
                data: string;
                /** @description Licence of the weights */
                licence: string;
                /** @description Figures by name, each measured under the protocol */
                metrics: {
                    [key: string]: number;
                };
                /** @description How the figures were measured, for example leave-one-subject-out */
                protocol: string;
                /** @description true: made on simulated people only; says nothing of real ones */
                simulated?: boolean;
                /** @description ISO 8601 date */
                trainedAt?: string;
            };
            samplingRateHz: number;
            sha256: string;
            sizeSamples: number;
            /** @description One a channel, in the channel’s unit (with a knee: without unit) */
            std: number[];
            strideSamples: number;
            targets: {
                /** @description In the order of the output; binary: negative first */
                classes: string[];
                /** @description Turns probabilities into a status that does not flap; learnt from labelled recordings */
                filter?: {
                    /** @description One a class: the logarithm of its probability times slope plus bias, made to sum to 1 over the classes again, is calibrated; without it statuses are smoothed */
                    calibration?: {
                        bias: number;
                        slope: number;
                    }[];
                    /** @description One a class: the belief from which it is said in place of another; out of unknown the least is enough */
                    certainty: number[];
                    /** @description Windows that end so far apart count in full, milliseconds; nearer ones are alike and count in proportion */
                    independentMs: number;
                    /** @description How long a class lasts on average, milliseconds */
                    meanDurationMs: number;
                    /** @description One a class: its share of time, 0..1 */
                    shares: number[];
                };
                name: string;
                /** @description Name of the output tensor, shape [batch, classes], softmax */
                output: string;
                /**
                 * @description Binary targets: positive from here on
                 * @default 0.5
                 */
                threshold: number;
            }[];
            version: string;
            /** @description SHA-256 of each weight file that model.json of a tf.layers model names, or that an ONNX model keeps values in */
            weights?: {
                [key: string]: string;
            };
        } | {
            /**
             * @description bgr: networks that come from Caffe
             * @default rgb
             * @enum {string}
             */
            channelOrder: "rgb" | "bgr";
            /** @description Labels in the order of the output */
            classes: string[];
            /** @description Name of the tensor before the classifier, for embeddings: [batch, n] or [batch, n, 1, 1] */
            feature?: string;
            /** @description model.onnx, or model.json of a tf.layers model */
            file: string;
            heightPixels: number;
            /** @description Name of the input tensor */
            input: string;
            /** @constant */
            kind: "image";
            /** @enum {string} */
            layout: "nchw" | "nhwc";
            /** @description Subtracted from the values (0..255) of each channel, in the order R, G, B */
            mean: number[];
            name: string;
            /** @description Name of the output tensor, shape [batch, classes] */
            output: string;
            /** @description Network that finds people: the model sees each by itself; without the file it sees the whole picture */
            people?: {
                file: string;
                sha256: string;
            };
            provenance: {
                /** @description Command line that trains it again */
                command?: string;
                /** @description What it was trained on */
                data: string;
                /** @description Licence of the weights */
                licence: string;
                /** @description Figures by name, each measured under the protocol */
                metrics: {
                    [key: string]: number;
                };
                /** @description How the figures were measured, for example leave-one-subject-out */
                protocol: string;
                /** @description true: made on simulated people only; says nothing of real ones */
                simulated?: boolean;
                /** @description ISO 8601 date */
                trainedAt?: string;
            };
            /**
             * @description How a picture of another shape is fitted: its proportions, its edges or its surroundings change
             * @default stretch
             * @enum {string}
             */
            resize: "stretch" | "crop" | "pad";
            /**
             * @description What the output holds; logits are put through a softmax; labels: a probability a label, several at once
             * @default probabilities
             * @enum {string}
             */
            scores: "probabilities" | "logits" | "labels";
            sha256: string;
            /** @description Then divided by, in the order R, G, B */
            std: number[];
            /** @description With labels, one a label: from which probability on it counts as told; absent: 0.5 */
            thresholds?: number[];
            version: string;
            /** @description SHA-256 of each weight file that model.json of a tf.layers model names, or that an ONNX model keeps values in */
            weights?: {
                [key: string]: string;
            };
            widthPixels: number;
        };
        Models: {
            /** @description They run beside those in service, to be compared */
            candidates: components["schemas"]["Model"][];
            models: components["schemas"]["Model"][];
            /** @description Models in service that were made on simulated people: their answers about real people mean nothing */
            simulated?: string[];
            /** @description Models in service without a learnt filter for these targets: their statuses follow track.smoothingMs, hysteresis and dwellMs */
            withoutFilter?: {
                model: string;
                targets: string[];
            }[];
        };
        Probabilities: {
            device: string;
            /** @description Oldest first; slots without windows are left out */
            points: {
                /** @description 0 to 1 */
                coverage: number;
                /** @description Epoch milliseconds */
                fromMs: number;
                /** @description Means, named as in windows */
                probabilities: {
                    [key: string]: number;
                };
                /** @description Not included */
                toMs: number;
                /** @description Windows the means are over */
                windows: number;
            }[];
            /** @description true: of a long range each point is the mean of some windows of its slot */
            sampled: boolean;
        };
        Problem: {
            /** @description What is wrong with this request, and what to do */
            detail: string;
            /** @description Each part of the request that does not fit */
            errors?: {
                detail: string;
                /** @enum {string} */
                in: "path" | "query" | "header" | "body";
                name: string;
            }[];
            status: number;
            title: string;
            /** @description about:blank: the status says it all. Of 503: what does not work, urn:alongside:problem:store, :disk, :recordings, :time, :room or :stopping */
            type: string;
        };
        Recording: {
            bytes: number;
            device: string;
            /** @description Of the last sample; null while it is being written */
            endMs: number | null;
            id: string;
            /** @description How many stretches of time have a label */
            labels: number;
            sensors: string[];
            /** @description Epoch milliseconds */
            startMs: number;
            subject: string;
        };
        Recordings: {
            /** @description Of all together */
            bytes: number;
            recordings: components["schemas"]["Recording"][];
        };
        Resent: {
            eventId: string;
        };
        SimilarItems: {
            /** @description The nearest first */
            items: {
                /** @description Path of the picture within the catalogue */
                id: string;
                /** @description Folder it lies in */
                label: string;
                /** @description Cosine similarity: 1 for the same picture */
                score: number;
            }[];
            model: string;
            /** @description With `worn`: who was found, the surest first, and the items nearest to what each wears */
            people?: {
                box: {
                    /** @description Share of the width or height of the picture */
                    bottom: number;
                    /** @description Share of the width or height of the picture */
                    left: number;
                    /** @description Share of the width or height of the picture */
                    right: number;
                    /** @description Share of the width or height of the picture */
                    top: number;
                };
                parts: {
                    box: {
                        /** @description Share of the width or height of the picture */
                        bottom: number;
                        /** @description Share of the width or height of the picture */
                        left: number;
                        /** @description Share of the width or height of the picture */
                        right: number;
                        /** @description Share of the width or height of the picture */
                        top: number;
                    };
                    /** @description The nearest first */
                    items: {
                        /** @description Path of the picture within the catalogue */
                        id: string;
                        /** @description Folder it lies in */
                        label: string;
                        /** @description Cosine similarity: 1 for the same picture */
                        score: number;
                    }[];
                    /** @enum {string} */
                    part: "upper" | "lower";
                }[];
            }[];
            timings: {
                embedMs: number;
                searchMs: number;
                totalMs: number;
            };
        };
        Timeline: {
            device: string;
            /** @description Oldest first */
            intervals: {
                /** @description 0 to 1 */
                confidence: number;
                /** @description Epoch milliseconds */
                fromMs: number;
                /** @description Of the target apparel: what the camera saw */
                label?: string;
                /** @description Of the target apparel: all that the people seen wear, the most probable first */
                labels?: string[];
                /** @description Of unknown, where it is known: why */
                reason?: components["schemas"]["UnknownReason"];
                /** @description `yes`, `no` or `unknown`; of a target with more than two classes a class or `unknown` */
                status: string;
                /** @description Not included */
                toMs: number;
            }[];
            /** @description Where nothing is known now: why */
            reason?: components["schemas"]["UnknownReason"];
            target: string;
        };
        UnknownReason: {
            /** @description One of no-model, placement, missing-sensor, low-coverage, silence, too-new, undecided, nobody-found, queue-full, model-failed, store; more may be added */
            code: string;
            /** @description Of missing-sensor: what the device does not send */
            sensors?: string[];
            /** @description What is so, and what to do about it */
            text: string;
        };
        Webhook: {
            /** @description Epoch milliseconds */
            createdAtMs: number;
            description: string;
            /** @description null: all devices */
            devices: string[] | null;
            /** @description gone: the receiver answered 410 */
            disabled: {
                /** @description Epoch milliseconds */
                atMs: number;
                /** @enum {string} */
                reason: "gone" | "by-hand";
            } | null;
            enabled: boolean;
            events: ("status.changed" | "device.online" | "device.offline" | "apparel.detected" | "company.changed" | "alert.raised" | "alert.cleared")[];
            id: string;
            lastDelivery: components["schemas"]["Delivery"] | null;
            nextAttemptMs: number | null;
            /** @description Until when the secret before this one signs too */
            previousSecretUntilMs: number | null;
            url: string;
            /** @description Events that wait */
            waiting: number;
        };
        Webhooks: {
            webhooks: components["schemas"]["Webhook"][];
        };
        WebhookWithSecret: {
            /** @description Epoch milliseconds */
            createdAtMs: number;
            description: string;
            /** @description null: all devices */
            devices: string[] | null;
            /** @description gone: the receiver answered 410 */
            disabled: {
                /** @description Epoch milliseconds */
                atMs: number;
                /** @enum {string} */
                reason: "gone" | "by-hand";
            } | null;
            enabled: boolean;
            events: ("status.changed" | "device.online" | "device.offline" | "apparel.detected" | "company.changed" | "alert.raised" | "alert.cleared")[];
            id: string;
            lastDelivery: components["schemas"]["Delivery"] | null;
            nextAttemptMs: number | null;
            /** @description Until when the secret before this one signs too */
            previousSecretUntilMs: number | null;
            /** @description Shown in this answer and never again */
            secret: string;
            url: string;
            /** @description Events that wait */
            waiting: number;
        };
        Window: {
            /** @description Share of rows and sensors that had a sample, 0 to 1 */
            coverage: number;
            /** @description Not included */
            endMs: number;
            maxDeltaMs: number;
            /** @description Mean distance between a row and the sample taken for it */
            meanDeltaMs: number;
            model: string;
            /** @description By target: probability of its positive class; `<target>.<class>` where it has more than two */
            probabilities: {
                [key: string]: number;
            };
            /** @description Epoch milliseconds */
            startMs: number;
        };
        Windows: {
            device: string;
            /** @description true: the range holds more; go on from the last endMs */
            truncated: boolean;
            /** @description Windows that end in the range, oldest first */
            windows: components["schemas"]["Window"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    isLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Live */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        live: true;
                    };
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not ready: the parts that are not ok say why */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus text format */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAccess: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Name and scopes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Access"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAlertRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rules */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRules"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createAlertRule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description When the rule counts; time outside is not counted either */
                    between?: {
                        from: string;
                        to: string;
                    };
                    /**
                     * @description How long after it was cleared the same alert is not raised again, minutes
                     * @default 5
                     */
                    cooldownMinutes?: number;
                    /** @description Days on which `between` begins */
                    days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
                    /** @description Without it all devices */
                    devices?: string[];
                    /** @description Names the rule in alerts */
                    name: string;
                    /** @description When no alert is sent; what still holds afterwards is sent then */
                    quietHours?: {
                        from: string;
                        to: string;
                    };
                    /** @description Of the hours; by default alerts.timeZone */
                    timeZone?: string;
                    when: {
                        /**
                         * @description How long without interruption, minutes
                         * @default 0
                         */
                        forMinutes?: number;
                        /** @description yes, no, unknown, or some of them; of a target with other classes their names */
                        is: string | string[];
                        /** @description For example accompanied */
                        target: string;
                        /**
                         * @description How long it may be unknown in between, minutes
                         * @default 10
                         */
                        toleranceMinutes?: number;
                        /** @enum {string} */
                        type: "status";
                    } | {
                        /** @description Since when nothing was heard of the device */
                        forMinutes: number;
                        /** @enum {string} */
                        type: "silent";
                    } | {
                        /**
                         * @description How long after it was seen last the alert is cleared, minutes
                         * @default 10
                         */
                        holdMinutes?: number;
                        /** @description An apparel label that a camera saw */
                        label: string;
                        /** @default 0.5 */
                        minProbability?: number;
                        /** @enum {string} */
                        type: "label";
                    };
                };
            };
        };
        responses: {
            /** @description The rule */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRule"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeAlertRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAlerts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The alerts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alerts"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    classifyApparel: {
        parameters: {
            query?: {
                /** @description Answer the embedding as well */
                embedding?: "true" | "false";
                /** @description Image model; by default the first active one */
                model?: string;
                /** @description Labels answered at most */
                top?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "image/jpeg": string;
                "image/png": string;
                "image/webp": string;
                "multipart/form-data": string;
            };
        };
        responses: {
            /** @description Labels */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Classification"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope ingest */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No image model is active, or none of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The picture is damaged, or too small */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The gateway is behind; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findSimilarApparel: {
        parameters: {
            query?: {
                /** @description Items answered at most, of a person for each part */
                top?: number;
                /** @description Look for what people on the picture wear */
                worn?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "image/jpeg": string;
                "image/png": string;
                "image/webp": string;
                "multipart/form-data": string;
            };
        };
        responses: {
            /** @description The nearest items */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SimilarItems"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope ingest */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no catalogue; alongside apparel index FOLDER makes it */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The picture is damaged, or too small */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The gateway is behind; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCompany: {
        parameters: {
            query?: {
                /** @description Epoch milliseconds or ISO 8601; without it, now */
                at?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The groups */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CompanyGroups"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The store does not answer at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDevices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All devices */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Devices"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The answer took too long; ask for a shorter time range or try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The device */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The store does not answer at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forgetDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was removed; `removed` is false when something is left */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Forgotten"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Where it is worn; any: now here, now there. null: as configured, or not said */
                    placement: ("chest" | "pocket" | "wrist" | "hand" | "any") | null;
                };
            };
        };
        responses: {
            /** @description Where it is worn from now on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DevicePlacement"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope ingest */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCompany: {
        parameters: {
            query?: {
                /** @description csv: the same as a table, as for `Accept: text/csv` */
                format?: "json" | "csv";
                /** @description Begin, included: epoch milliseconds or ISO 8601; without it, 24 h before `to` */
                from?: string;
                /** @description End, not included: epoch milliseconds or ISO 8601; without it, now */
                to?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The intervals */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Company"];
                    "text/csv": string;
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The store does not answer at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCompanyChoice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The choice */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CompanyChoice"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope ingest */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    chooseCompany: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    takesPart: boolean;
                };
            };
        };
        responses: {
            /** @description The choice */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CompanyChoice"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope ingest */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The configuration decides for this device, or the gateway does not look for company */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDays: {
        parameters: {
            query: {
                /** @description Begin, included: epoch milliseconds or ISO 8601; without it, 24 h before `to` */
                from?: string;
                target: string;
                /** @description Time zone of the days: an IANA name, for example Asia/Seoul */
                timeZone?: string;
                /** @description End, not included: epoch milliseconds or ISO 8601; without it, now */
                to?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The days */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Days"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The store does not answer at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLabels: {
        parameters: {
            query?: {
                /** @description csv: the same as a table, as for `Accept: text/csv` */
                format?: "json" | "csv";
                /** @description Begin, included: epoch milliseconds or ISO 8601; without it, 24 h before `to` */
                from?: string;
                /** @description End, not included: epoch milliseconds or ISO 8601; without it, now */
                to?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The labels */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Labels"];
                    "text/csv": string;
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The store does not answer at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    labelRecording: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        /** @description At least one of activity, accompanied, conversation, with; null, or left out: not known */
        requestBody: {
            content: {
                "application/json": {
                    accompanied?: boolean | null;
                    activity?: string | null;
                    /** @description In place of both: from then on, until the next label. Without any time: from now on */
                    atMs?: number;
                    conversation?: boolean | null;
                    /** @description Epoch milliseconds; with toMs */
                    fromMs?: number;
                    /** @description Not included */
                    toMs?: number;
                    /** @description Subjects who were there, [] for nobody else; `alongside train company` learns from it */
                    with?: string[] | null;
                };
            };
        };
        responses: {
            /** @description It is in the recording, on the disk */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        device: string;
                        /** @enum {boolean} */
                        kept: true;
                    };
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope ingest */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No recording of the device covers that time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The recordings cannot be written at the moment, perhaps because the disk is full; nothing was kept, try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDevicePlacement: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where it is worn */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DevicePlacement"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope ingest */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getProbabilities: {
        parameters: {
            query?: {
                /** @description Begin, included: epoch milliseconds or ISO 8601; without it, 24 h before `to` */
                from?: string;
                /** @description Only windows of this model */
                model?: string;
                points?: number;
                /** @description End, not included: epoch milliseconds or ISO 8601; without it, now */
                to?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The points */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Probabilities"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The store does not answer at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDeviceRecording: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether it does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceRecording"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope ingest */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTimeline: {
        parameters: {
            query: {
                /** @description csv: the same as a table, as for `Accept: text/csv` */
                format?: "json" | "csv";
                /** @description Begin, included: epoch milliseconds or ISO 8601; without it, 24 h before `to` */
                from?: string;
                /** @description For drawing: slots of this length, each with the status that held for longest in it */
                resolutionMs?: number;
                target: string;
                /** @description End, not included: epoch milliseconds or ISO 8601; without it, now */
                to?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The timeline */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                    "text/csv": string;
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The store does not answer at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWindows: {
        parameters: {
            query?: {
                /** @description csv: the same as a table, as for `Accept: text/csv` */
                format?: "json" | "csv";
                /** @description Begin, included: epoch milliseconds or ISO 8601; without it, 24 h before `to` */
                from?: string;
                /** @description At most so many, by default 100000; a table has all */
                limit?: number;
                /** @description Only windows of this model; without it those of all but candidates */
                model?: string;
                /** @description End, not included: epoch milliseconds or ISO 8601; without it, now */
                to?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The windows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Windows"];
                    "text/csv": string;
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The store does not answer at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listenToEvents: {
        parameters: {
            query?: {
                /** @description Only events of this device */
                device?: string;
                /** @description Only these kinds of event, separated by commas: status, window, apparel, device, alert, company */
                types?: string;
            };
            header?: {
                /** @description Id of the last event received */
                "last-event-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream that does not end */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The gateway has no room for more live streams; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pushSensorLogger: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    deviceId: string;
                    messageId: number;
                    payload: ({
                        name: string;
                        /** @description Epoch nanoseconds */
                        time: number;
                    } & {
                        [key: string]: unknown;
                    })[];
                    sessionId: string;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Taken over */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Where some were not used */
                        samples?: {
                            /** @description By reason, as in the ledger */
                            unused: {
                                [key: string]: number;
                            };
                            used: number;
                        };
                        /** @enum {string} */
                        status: "accepted";
                    };
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope ingest */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A set-up mistake, in words for the person who holds the phone */
            499: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description The gateway is behind; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    joinAsDevice: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                };
            };
        };
        responses: {
            /** @description What the phone needs to stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Joined"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This link is not right, or the gateway was restarted; ask for a new one */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The device has credentials already; ask for a new link */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This link was used already; each lets one phone in. Ask for a new one */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inviteDevice: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    device: string;
                    /**
                     * @description The phone takes the place of another of that name
                     * @default false
                     */
                    replace?: boolean;
                };
            };
        };
        responses: {
            /** @description The invitation */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The device has credentials already; `replace` gives it new ones */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What became of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationState"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLedger: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ledger since the start */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ledger"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The models */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Models"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    compareCandidate: {
        parameters: {
            query?: {
                /** @description Only this device */
                device?: string;
                /** @description Begin, included: epoch milliseconds or ISO 8601; without it, 24 h before `to` */
                from?: string;
                /** @description Intervals at most */
                limit?: number;
                /** @description End, not included: epoch milliseconds or ISO 8601; without it, now */
                to?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Rates and intervals */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Disagreement"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The store does not answer at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRecordings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The recordings */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recordings"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All endpoints */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhooks"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    description?: string;
                    /** @description Names of devices; without them all */
                    devices?: string[];
                    events: ("status.changed" | "device.online" | "device.offline" | "apparel.detected" | "company.changed" | "alert.raised" | "alert.cleared")[];
                    /** @description whsec_ and 24 to 64 random bytes in base64; made by the gateway when left out */
                    secret?: string;
                    url: string;
                };
            };
        };
        responses: {
            /** @description The endpoint, with its secret this once */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    description?: string;
                    /** @description null: all devices */
                    devices?: string[] | null;
                    enabled?: boolean;
                    events?: ("status.changed" | "device.online" | "device.offline" | "apparel.detected" | "company.changed" | "alert.raised" | "alert.cleared")[];
                    url?: string;
                };
            };
        };
        responses: {
            /** @description The endpoint */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description Entries of each list at most */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The log, and what waits */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deliveries"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resendDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                eventId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It waits for its turn */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resent"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description How long the old secret signs beside the new one
                     * @default 24
                     */
                    overlapHours?: number;
                    /** @description whsec_ and 24 to 64 random bytes in base64; made by the gateway when left out */
                    secret?: string;
                } | null;
            };
        };
        responses: {
            /** @description The endpoint, with its new secret this once */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What became of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This needs the scope admin */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk cannot be used at the moment; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, after RFC 9457 */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInferenceServer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The server */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        extensions: string[];
                        name: string;
                        version: string;
                    };
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
        };
    };
    isInferenceLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        live: boolean;
                    };
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
        };
    };
    isInferenceReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                    };
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description It cannot */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                    };
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
        };
    };
    listInferenceModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Names */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        models: string[];
                    };
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
        };
    };
    getInferenceModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceModel"];
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description This needs the scope read */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
        };
    };
    infer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    id?: string;
                    inputs: {
                        data?: unknown[];
                        /** @enum {string} */
                        datatype: "FP32" | "BYTES";
                        name: string;
                        parameters?: {
                            [key: string]: unknown;
                        };
                        shape: number[];
                    }[];
                    outputs?: {
                        name: string;
                        parameters?: {
                            [key: string]: unknown;
                        };
                    }[];
                    parameters?: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description The outputs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        model_name: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description This needs a token: send "Authorization: Bearer TOKEN". The person who runs the gateway makes one with alongside tokens create. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description This needs the scope ingest */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description The body is larger than this address takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description This address does not take a body of that content type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description The picture is damaged, or too small */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description The gateway is behind; try again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
        };
    };
    isInferenceModelReady: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        ready: boolean;
                    };
                };
            };
            /** @description A part of the request does not fit; the detail says which and why */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description There is nothing of that name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description Too many requests; wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
            /** @description What is wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error: string;
                    };
                };
            };
        };
    };
}
