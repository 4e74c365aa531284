import { Body, Controller, Get, Header, HttpCode, Module, Param, Req, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExcludeController } from '@nestjs/swagger';
import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RouteNotFoundError } from '../../common/errors/request.errors.js';
import { html, type Page, renderPage, wantsPage } from '../../common/http/page.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { formatMoney } from '../../common/money/currencies.js';
import { Public } from '../../common/security/access.decorators.js';
import { MayBeAbsent } from '../../common/validation/decorators.js';
import type { Environment } from '../../config/environment.js';
import { OrdersModule } from '../orders.module.js';
import type { FakeCharge, FakeCompany } from './fake-company.js';
import { FakePaymentProvider } from './fake.provider.js';
import { PaymentProviders } from './payment-providers.js';

/** How the company is to send what it knows of a charge. */
export class TellChargeDto {
  /** The same event so often, all at once. */
  @MayBeAbsent()
  @IsInt()
  @Min(1)
  @Max(100)
  times?: number;

  /** With a signature that is not the company's. */
  @MayBeAbsent()
  @IsBoolean()
  isForged?: boolean;

  /** As the charge would stand at this version of its own: a lower one than it has is news that comes too late. */
  @MayBeAbsent()
  @IsInt()
  @Min(1)
  @Max(1000)
  version?: number;
}

/** How the company behaves from now on, in this process; what is absent is as usual. */
export class FakeBehaviourDto {
  /** Does everything, and answers so much later. */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(60_000)
  delayMs?: number;

  /** Does everything, and answers nothing. */
  @MayBeAbsent()
  @IsBoolean()
  isSilent?: boolean;

  /** Refuses refunds for good. */
  @MayBeAbsent()
  @IsBoolean()
  refusesRefunds?: boolean;

  /** Refuses captures and voids for good. */
  @MayBeAbsent()
  @IsBoolean()
  refusesOperations?: boolean;

  /** Sends a webhook for what it has answered as well, as most companies do. */
  @MayBeAbsent()
  @IsBoolean()
  tellsAll?: boolean;
}

const DECISIONS = new Map<string, (company: FakeCompany, reference: string) => Promise<FakeCharge | null>>([
  ['confirm', (company, reference) => company.decide(reference, 'confirmed')],
  ['refuse', (company, reference) => company.decide(reference, 'refused')],
  ['lapse', (company, reference) => company.lapse(reference)],
]);

/** The page of the fake payment company for shoppers, and what developers can make it do; not part of the API, and not in production. */
@ApiExcludeController()
@Controller({ path: 'dev/payments', version: VERSION_NEUTRAL })
@Public({ credentials: 'ignored' })
export class FakeCompanyController {
  constructor(private readonly providers: PaymentProviders) {}

  /** Shows a charge, and to a shopper what there is to decide. */
  @Get(':reference')
  @Header('cache-control', 'no-store')
  async findOne(
    @Param('reference') reference: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const charge = await this.find(reference);
    return wantsPage(request, reply) ? renderPage(reply, chargePage(charge)) : charge;
  }

  /** Lets the company answer late or not at all, refuse, or tell everything twice; `{}` is the way it is at the start. */
  @Post('behaviour')
  @HttpCode(200)
  @Idempotent({ ignored: true })
  behave(
    @Body()
    {
      delayMs = 0,
      isSilent = false,
      refusesRefunds = false,
      refusesOperations = false,
      tellsAll = false,
    }: FakeBehaviourDto,
  ): FakeBehaviourDto {
    Object.assign(this.provider.faults, { delayMs, isSilent, refusesRefunds, refusesOperations });
    this.company.tellsAll = tellsAll;
    return { delayMs, isSilent, refusesRefunds, refusesOperations, tellsAll };
  }

  /** Confirms or refuses a charge that waits, or lets an authorisation lapse; the company tells the shop by webhook. */
  @Post(':reference/:decision')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @RouteConfig({ takesForm: true })
  @Idempotent({ ignored: true })
  async decide(
    @Param('reference') reference: string,
    @Param('decision') decision: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const { reference: known } = await this.find(reference);
    const decided = DECISIONS.get(decision);
    if (!decided) throw new RouteNotFoundError('Nothing is served at this address.');
    await decided(this.company, known);
    const charge = await this.find(reference);
    return wantsPage(request, reply) ? renderPage(reply, chargePage(charge, '../../../')) : charge;
  }

  /** Sends a webhook about a charge: several times, forged, or too late. Answers with the statuses that it got. */
  @Post(':reference/webhooks/send')
  @HttpCode(200)
  @Idempotent({ ignored: true })
  async tell(
    @Param('reference') reference: string,
    @Body() { times = 1, isForged = false, version }: TellChargeDto,
  ): Promise<{ statuses: number[] }> {
    const charge = await this.find(reference);
    const event = this.company.write({ charge: { ...charge, version: version ?? charge.version } });
    const headers = this.company.sign(event.id, isForged ? `${event.body} ` : event.body);
    return {
      statuses: await Promise.all(Array.from({ length: times }, () => this.company.send(event.body, headers))),
    };
  }

  private async find(reference: string): Promise<FakeCharge> {
    const charge = reference.includes('\0') ? null : await this.company.findByReference(reference);
    if (!charge) throw new RouteNotFoundError('There is no such charge.');
    return charge;
  }

  private get company(): FakeCompany {
    return this.provider.company;
  }

  private get provider(): FakePaymentProvider {
    const provider = this.providers.find('fake');
    if (!(provider instanceof FakePaymentProvider)) throw new RouteNotFoundError('Nothing is served at this address.');
    return provider;
  }
}

/** Imported only where the fake provider is offered. */
@Module({ imports: [OrdersModule], controllers: [FakeCompanyController] })
export class FakeCompanyModule {
  static isWanted(environment: Environment): boolean {
    return !environment.isProduction;
  }
}

/** What the shopper sees. @param root Way from the page to `/`. */
function chargePage(charge: FakeCharge, root = '../../'): Page {
  const { reference, status, amount, currency } = charge;
  const isWaiting = status === 'requires_action' || status === 'processing';
  const action = (decision: string): string => `${root}dev/payments/${encodeURIComponent(reference)}/${decision}`;
  return {
    title: 'Confirm your payment',
    root,
    body: isWaiting
      ? html`<h1>Confirm your payment</h1>
          <p class="lede">
            The shop asks for ${formatMoney({ amount, currency })}. No money moves: this is the payment company of
            development.
          </p>
          <form method="post" action="${action('confirm')}"><button type="submit">Confirm</button></form>
          <form method="post" action="${action('refuse')}"><button type="submit">Refuse</button></form>`
      : html`<h1>Thank you</h1>
          <p class="lede">
            This payment of ${formatMoney({ amount, currency })} is ${status.replaceAll('_', ' ')}. You may go back to
            the shop.
          </p>`,
  };
}
