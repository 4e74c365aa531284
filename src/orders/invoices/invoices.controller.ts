import { applyDecorators, Controller, Get, HttpCode, Param, Query, StreamableFile } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { Location } from '../../common/http/location.decorator.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { mapPage } from '../../common/pagination/page.dto.js';
import { Caller, Public, RequireScopes } from '../../common/security/access.decorators.js';
import type { Principal } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { OrderAccess } from '../order-access.js';
import { AcceptsOrderToken, OrderToken } from '../order-token.decorator.js';
import { OrderNotFoundError } from '../orders.errors.js';
import type { Invoice } from './invoice.entity.js';
import { invoiceXml, unsayable } from './invoice-xml.js';
import { InvoicePageDto, InvoiceResponseDto, ListInvoicesDto, toInvoiceResponse } from './invoices.dto.js';
import {
  InvoiceAlreadyIssuedError,
  InvoiceNotExpressibleError,
  InvoiceNotFoundError,
  OrderNotInvoiceableError,
  SellerUnknownError,
} from './invoices.errors.js';
import { InvoicesService } from './invoices.service.js';

const PDF = 'application/pdf';
const XML = 'text/xml';

/** An answer that is a file. */
const Answers = (type: string, example: string): MethodDecorator =>
  applyDecorators(
    RouteConfig({ produces: [type] }),
    ApiProduces(type),
    ApiOkResponse({
      description: 'The document.',
      content: { [type]: { schema: { type: 'string', format: 'binary' }, example } },
    }),
  );

@ApiTags('orders')
@Controller()
export class InvoicesController {
  constructor(
    private readonly invoices: InvoicesService,
    private readonly access: OrderAccess,
  ) {}

  /** Downloads the newest invoice of an order. */
  @Get('orders/:id/invoice')
  @Public()
  @AcceptsOrderToken()
  @Answers(PDF, '%PDF-1.3…')
  @ApiProblems(OrderNotFoundError, InvoiceNotFoundError)
  async newest(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<StreamableFile> {
    const reach = this.access.reachOf(caller, id, token, 'orders:read');
    return this.file(await this.invoices.newestOf(id, reach));
  }

  /**
   * Issues the invoice of an order.
   *
   * With the credit notes of what has been refunded of it. After an edit a new one is issued, and the last is taken back by a credit note.
   */
  @Post('orders/:id/invoices')
  @HttpCode(201)
  @RequireScopes('orders:write')
  @Location('invoices/:id')
  @ApiProblems(OrderNotFoundError, OrderNotInvoiceableError, InvoiceAlreadyIssuedError, SellerUnknownError)
  async issue(@Param('id', UuidParam) id: string): Promise<InvoiceResponseDto> {
    return toInvoiceResponse(await this.invoices.issue(id));
  }

  /** Lists invoices and credit notes, newest first. */
  @Get('invoices')
  @RequireScopes('orders:read')
  async findAll(@Query() { kind, orderId, ...request }: ListInvoicesDto): Promise<InvoicePageDto> {
    return mapPage(await this.invoices.list({ kind, orderId }, request), toInvoiceResponse);
  }

  /** Reads an invoice or a credit note. */
  @Get('invoices/:id')
  @RequireScopes('orders:read')
  @ApiProblems(InvoiceNotFoundError)
  async findOne(@Param('id', UuidParam) id: string): Promise<InvoiceResponseDto> {
    return toInvoiceResponse(await this.invoices.get(id));
  }

  /** Downloads an invoice or a credit note. */
  @Get('invoices/:id/pdf')
  @RequireScopes('orders:read')
  @Answers(PDF, '%PDF-1.3…')
  @ApiProblems(InvoiceNotFoundError)
  async pdf(@Param('id', UuidParam) id: string): Promise<StreamableFile> {
    return this.file(await this.invoices.get(id));
  }

  /**
   * Downloads an invoice or a credit note for machines.
   *
   * As Cross Industry Invoice of EN 16931, which Factur-X has as well. The norm cannot say everything that an order can be: see the problem.
   */
  @Get('invoices/:id/xml')
  @RequireScopes('orders:read')
  @Answers(XML, '<?xml version="1.0" encoding="UTF-8"?><rsm:CrossIndustryInvoice/>')
  @ApiProblems(InvoiceNotFoundError, InvoiceNotExpressibleError)
  async xml(@Param('id', UuidParam) id: string): Promise<StreamableFile> {
    const { content, number } = await this.invoices.get(id);
    const reason = unsayable(content);
    if (reason !== null) throw new InvoiceNotExpressibleError(reason);
    return attachment(Buffer.from(invoiceXml(content)), XML, `${number}.xml`);
  }

  private async file({ id, number }: Invoice): Promise<StreamableFile> {
    return attachment(await this.invoices.render(id), PDF, `${number}.pdf`);
  }
}

function attachment(content: Buffer, type: string, name: string): StreamableFile {
  return new StreamableFile(content, { type, disposition: `attachment; filename="${name}"`, length: content.length });
}
