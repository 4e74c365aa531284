import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Environment } from '../../config/environment.js';
import { QUEUES, readAlso } from '../../jobs/queues.js';
import { PersonalData } from '../../users/personal-data.js';
import { UsersModule } from '../../users/users.module.js';
import { OrdersModule } from '../orders.module.js';
import { Invoice, InvoiceFile, InvoiceSeries } from './invoice.entity.js';
import { InvoiceDrafts } from './invoice-drafts.service.js';
import { InvoicesController } from './invoices.controller.js';
import { InvoicesRepository } from './invoices.repository.js';
import { InvoicesService } from './invoices.service.js';

/** Invoices and credit notes of orders. */
@Module({
  imports: [TypeOrmModule.forFeature([Invoice, InvoiceSeries, InvoiceFile]), OrdersModule, UsersModule],
  controllers: [InvoicesController],
  providers: [InvoicesService, InvoiceDrafts, InvoicesRepository],
  exports: [InvoicesService],
})
export class InvoicesModule implements OnModuleInit {
  constructor(
    private readonly environment: Environment,
    private readonly invoices: InvoicesRepository,
    private readonly personalData: PersonalData,
  ) {}

  onModuleInit(): void {
    // Most shops invoice later, and their orders need no job for it.
    if (this.environment.INVOICE_ON === 'confirmed') readAlso('order.confirmed', QUEUES.invoice);
    this.personalData.add({
      section: 'invoices',
      description:
        'Your invoices and credit notes. The law has them kept as they are, also when your account is erased.',
      export: (userId) => this.invoices.listFor(userId),
      erase: () => Promise.resolve(),
    });
  }
}
