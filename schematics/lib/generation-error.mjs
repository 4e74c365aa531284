/** Why nothing was generated, in one sentence for whoever asked for it. */
export class GenerationError extends Error {
  constructor(message) {
    super(message);
    this.name = 'GenerationError';
  }
}
