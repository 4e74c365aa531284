/** Who asks. */
export interface OperationReader {
  /** Null for who is nobody's account, such as an API key. */
  readonly userId: string | null;
  readonly scopes: ReadonlySet<string>;
  /** Staff who watch the jobs of everybody. */
  readonly seesAll: boolean;
}
