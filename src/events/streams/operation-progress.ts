import { Injectable } from '@nestjs/common';
import { toOperationResponse } from '../../operations/dto/operation.dto.js';
import { OperationsService } from '../../operations/operations.service.js';

/** As streams name what is not of the log. */
export const OPERATION_PROGRESS = 'operation.progress';

/** Who is told how far their operations are. */
export interface ProgressListener {
  /** What they may do now: an operation is shown to who still holds the scope that it was started with. */
  readonly scopes: ReadonlySet<string>;
  /** @param json The operation as `GET /operations/{id}` answers it, in `{"type":"operation.progress","operation":…}`. */
  hearProgress(json: string): void;
}

/**
 * Tells those who started long work how far it is, once a second at most. It reads the operations of all who listen in one statement: what
 * they say is the truth, whichever process does the work, and jobs need not know that anybody listens.
 */
@Injectable()
export class OperationProgress {
  /** By user, what each listener was last told of each operation that is under way, or has just ended. */
  private readonly listeners = new Map<string, Map<ProgressListener, Map<string, string>>>();

  constructor(private readonly operations: OperationsService) {}

  /** Begins with how far everything is now. @returns what ends it. */
  listen(userId: string, listener: ProgressListener): () => void {
    let listeners = this.listeners.get(userId);
    if (!listeners) this.listeners.set(userId, (listeners = new Map<ProgressListener, Map<string, string>>()));
    listeners.set(listener, new Map<string, string>());
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(userId) === listeners) this.listeners.delete(userId);
    };
  }

  /** Tells what has changed since the last look. */
  async look(): Promise<void> {
    if (this.listeners.size === 0) return;
    for (const operation of await this.operations.findCurrentOf([...this.listeners.keys()])) {
      const json = JSON.stringify({ type: OPERATION_PROGRESS, operation: toOperationResponse(operation) });
      for (const [listener, told] of this.listeners.get(operation.startedBy) ?? []) {
        if (told.get(operation.id) === json || !maySee(listener, operation.starterScope)) continue;
        told.set(operation.id, json);
        listener.hearProgress(json);
      }
    }
  }
}

function maySee({ scopes }: ProgressListener, starterScope: string | null): boolean {
  return starterScope === null || scopes.has(starterScope) || scopes.has('*');
}
