/** An item of a catalogue and how much a picture resembles it. */
export interface SimilarItem {
  /** Path of the picture within the catalogue. */
  readonly id: string;
  /** Folder the picture lies in, within the catalogue; empty at its top. */
  readonly label: string;
  /** Cosine of the angle between the embeddings: 1 for the same picture. */
  readonly score: number;
}

/** The nearest items of a catalogue. */
export interface SimilarAnswer {
  readonly model: string;
  readonly items: readonly SimilarItem[];
  readonly timings: { readonly embedMs: number; readonly searchMs: number; readonly totalMs: number };
}

/** Whoever finds what resembles a picture. */
export interface SimilarItems {
  /**
   * @param top items answered at most
   * @throws GatewayError `NOT_FOUND` when there is no index that fits the model in service, and what classifying throws
   */
  find(image: Uint8Array, top: number): Promise<SimilarAnswer>;
}
