/** A class of an image model and how sure it is of it. */
export interface ImageLabel {
  readonly label: string;
  /** 0..1; those of all labels of a picture add up to 1, but for models that tell several at once. */
  readonly probability: number;
}

/** A rectangle as shares of a picture's width and height; it may reach beyond the picture's edges. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A person on a picture and what they wear. */
export interface DressedPerson {
  readonly box: Region;
  /** The labels that count as told, the most probable first. */
  readonly labels: readonly ImageLabel[];
  readonly embedding: Float32Array | undefined;
}

/** Where the time of one picture went, milliseconds. */
export interface ImageTimings {
  /** Waiting for a decoder and decoding. */
  readonly decodeMs: number;
  /** Waiting for a batch and running it. */
  readonly inferMs: number;
  readonly totalMs: number;
}

/** What an image model answered for one picture, as it is. */
export interface ImageRun {
  /** Values of each output by its name. */
  readonly outputs: Readonly<Record<string, Float32Array>>;
  readonly timings: ImageTimings;
}

/** What an image model said about one picture. */
export interface Classification {
  readonly model: string;
  readonly modelVersion: string;
  /** Every label of the model, the most probable first; of several people the probability of the likeliest wearer. */
  readonly labels: readonly ImageLabel[];
  /** The people that were found, the surest first; `undefined` of a model that takes pictures as a whole. */
  readonly people: readonly DressedPerson[] | undefined;
  /** The model's features of the picture, of length 1; `undefined` where its manifest names none. */
  readonly embedding: Float32Array | undefined;
  readonly timings: ImageTimings;
}

/** A part of a person, as a picture of the garment that is worn there. */
export interface WornPart {
  readonly part: 'upper' | 'lower';
  readonly box: Region;
  /** Of length 1. */
  readonly embedding: Float32Array;
}

/** What a model of single garments makes of the people of a picture. */
export interface WornEmbeddings {
  readonly modelVersion: string;
  /** The surest first. */
  readonly people: readonly { readonly box: Region; readonly parts: readonly WornPart[] }[];
}

/** A stretch of time in which a device's camera saw one label. Half open: `[fromMs, toMs)`. */
export interface ApparelInterval {
  readonly fromMs: number;
  readonly toMs: number;
  /** It was seen; where nothing was seen there is no interval. */
  readonly status: 'yes';
  /** The most probable one. */
  readonly label: string;
  /** All that was worn on it, the most probable first; absent where frames were taken as a whole. */
  readonly labels?: readonly string[];
  readonly confidence: number;
}

/** Says what is on a picture. */
export interface ImageClassifier {
  /** False while no further picture would be taken. */
  readonly hasRoom: boolean;

  /**
   * @param image JPEG, PNG or WebP bytes
   * @param model name of an image model; by default the first that is active
   * @throws GatewayError `NOT_FOUND` for a model that is not active, `IMAGE_REFUSED`, `QUEUE_FULL` (retryable),
   *   `MODEL_RUN_FAILED`, `CLOSED`
   */
  classify(image: Uint8Array, model?: string): Promise<Classification>;

  /**
   * Looks at what people wear as if each part of them were a picture of one garment.
   *
   * @param model name of an active model of single garments
   * @throws GatewayError `NOT_FOUND` also when no active model finds people, or `model` looks at people itself
   */
  embedWorn(image: Uint8Array, model: string): Promise<WornEmbeddings>;

  /** The same without putting the answer into words. */
  run(image: Uint8Array, model?: string): Promise<ImageRun>;
}

/** An item of a catalogue and how much a picture resembles it. */
export interface SimilarItem {
  /** Path of the picture within the catalogue. */
  readonly id: string;
  /** Folder the picture lies in, within the catalogue; empty at its top. */
  readonly label: string;
  /** Cosine of the angle between the embeddings: 1 for the same picture. */
  readonly score: number;
}

/** The items that are nearest to what a person wears on a part of the body. */
export interface SimilarWorn {
  readonly box: Region;
  readonly parts: readonly (Pick<WornPart, 'part' | 'box'> & { readonly items: readonly SimilarItem[] })[];
}

/** The nearest items of a catalogue. */
export interface SimilarAnswer {
  readonly model: string;
  readonly items: readonly SimilarItem[];
  /** Where people were looked at, the surest first. */
  readonly people?: readonly SimilarWorn[];
  readonly timings: { readonly embedMs: number; readonly searchMs: number; readonly totalMs: number };
}

/** Finds what resembles a picture. */
export interface SimilarItems {
  /**
   * @param top items answered at most
   * @throws GatewayError `NOT_FOUND` when there is no index that fits the model in service, and what classifying throws
   */
  find(image: Uint8Array, top: number): Promise<SimilarAnswer>;

  /** The same for what each person of a picture wears. */
  findWorn(image: Uint8Array, top: number): Promise<SimilarAnswer>;
}
