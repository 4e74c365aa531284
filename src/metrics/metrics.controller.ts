import { Controller, Get, Header, Req, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthenticationRequiredError, RouteNotFoundError } from '../common/errors/request.errors.js';
import { PublicToClients } from '../common/security/access.decorators.js';
import { Environment } from '../config/environment.js';
import { MetricsService } from './metrics.service.js';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Metrics beside the API: for who has METRICS_TOKEN, or without one, in development, for who asks from this machine. */
@ApiExcludeController()
@Controller({ path: 'metrics', version: VERSION_NEUTRAL })
@PublicToClients()
export class MetricsController {
  constructor(
    private readonly metrics: MetricsService,
    private readonly environment: Environment,
  ) {}

  /** Gives the metrics of this process in the text format of Prometheus. */
  @Get()
  @Header('cache-control', 'no-store')
  async findAll(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    // The address of the connection itself; behind a proxy on this machine it says nothing.
    const isLocal =
      LOOPBACK.test(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-for'] === undefined;
    if (this.environment.METRICS_TOKEN === undefined && !isLocal)
      throw new RouteNotFoundError('Nothing is served at this address.');
    if (!this.metrics.admits(request.headers.authorization)) throw new AuthenticationRequiredError();
    const { type, text } = await this.metrics.read();
    void reply.type(type);
    return text;
  }
}
