import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Environment } from '../config/environment.js';

/**
 * Whether this process wants requests: from the end of its start until it is told to stop.
 *
 * It turns red before anything is closed, so that a load balancer turns away while requests in flight are still answered.
 */
@Injectable()
export class Readiness implements OnApplicationBootstrap, OnModuleDestroy {
  private isUp = false;

  constructor(private readonly environment: Environment) {}

  get wantsRequests(): boolean {
    return this.isUp;
  }

  onApplicationBootstrap(): void {
    this.isUp = true;
  }

  async onModuleDestroy(): Promise<void> {
    if (!this.isUp) return;
    this.isUp = false;
    // Nest closes the server after this: a balancer that has not looked yet still gets its answers.
    if (this.environment.servesHttp) await sleep(this.environment.SHUTDOWN_DELAY * 1000);
  }
}
