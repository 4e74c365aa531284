/** A server that this process started and must stop. */
export interface EmbeddedServer {
  /** Connection URL including the password; never log it. */
  readonly url: string;

  /** Stops the server and waits until it is gone. Calling it again returns the same promise. */
  stop(): Promise<void>;
}
