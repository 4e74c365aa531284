import { ApiProperty, PickType } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { shown } from '../../common/http/resource.dto.js';
import { MoneyDto } from '../../common/money/money.dto.js';
import { PageOf, PageQueryDto } from '../../common/pagination/page.dto.js';
import { IsId } from '../../common/validation/decorators.js';
import { Invoice } from './invoice.entity.js';
import { DOCUMENT_KINDS, type DocumentKind } from './invoice-content.js';

export class ListInvoicesDto extends PageQueryDto {
  /**
   * Only invoices, or only credit notes.
   * @example "invoice"
   */
  @IsOptional()
  @IsIn(DOCUMENT_KINDS)
  kind?: DocumentKind;

  /**
   * Only those of this order.
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"
   */
  @IsOptional()
  @IsId()
  orderId?: string;
}

const SHOWN = ['id', 'number', 'orderId', 'issuedAt'] as const;

/** An invoice or a credit note. What all it says is in its PDF. */
export class InvoiceResponseDto extends PickType(Invoice, SHOWN) {
  /** @example "invoice" */
  @ApiProperty({ enum: DOCUMENT_KINDS })
  kind: DocumentKind;

  /**
   * The invoice that a credit note takes back, all or in part; null for an invoice.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  invoiceId: string | null;

  /** Without tax. */
  net: MoneyDto;

  tax: MoneyDto;

  /** With tax. */
  total: MoneyDto;
}

/** One page of invoices and credit notes. */
export class InvoicePageDto extends PageOf(InvoiceResponseDto) {}

export function toInvoiceResponse(invoice: Invoice): InvoiceResponseDto {
  const { kind, invoiceId, currency, totalAmount, taxAmount } = invoice;
  const money = (amount: number): MoneyDto => ({ amount, currency });
  return {
    ...shown(invoice, SHOWN),
    kind,
    invoiceId,
    net: money(totalAmount - taxAmount),
    tax: money(taxAmount),
    total: money(totalAmount),
  };
}
