import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { erasedEmailOf } from '../../common/validation/email-address.js';
import { ProductsModule } from '../../products/products.module.js';
import { PersonalData } from '../../users/personal-data.js';
import { UsersModule } from '../../users/users.module.js';
import { OrdersModule } from '../orders.module.js';
import { EditBooks } from './edit-books.service.js';
import { EditConfirmationService } from './edit-confirmation.service.js';
import { EditLimits } from './edit-limits.service.js';
import { EditPlanner } from './edit-planner.service.js';
import { OrderEdit } from './order-edit.entity.js';
import { OrderEditsController } from './order-edits.controller.js';
import { OrderEditsRepository } from './order-edits.repository.js';
import { OrderEditsService } from './order-edits.service.js';

/** Changes of what was ordered, after it has been placed. */
@Module({
  imports: [TypeOrmModule.forFeature([OrderEdit]), OrdersModule, ProductsModule, UsersModule],
  controllers: [OrderEditsController],
  providers: [OrderEditsService, EditPlanner, EditLimits, EditConfirmationService, EditBooks, OrderEditsRepository],
})
export class OrderEditsModule implements OnModuleInit {
  constructor(
    private readonly edits: OrderEditsRepository,
    private readonly personalData: PersonalData,
  ) {}

  onModuleInit(): void {
    this.personalData.add({
      section: 'order-edits',
      erase: (userId, { emailCanonical, isEmailProven }) =>
        this.edits.erase(userId, [erasedEmailOf(userId), ...(isEmailProven ? [emailCanonical] : [])]),
    });
  }
}
