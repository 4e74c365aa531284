import type { HealthStatus } from '../health.service.js';

export class HealthResponseDto {
  /**
   * `degraded` when requests are served but Redis is away.
   * @example "ok"
   */
  status: HealthStatus;
}
