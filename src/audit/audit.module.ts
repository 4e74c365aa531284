import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditChain } from './audit-chain.js';
import { AuditLog } from './audit-log.js';
import { AuditVerification } from './audit-verification.service.js';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditHead, AuditRecord } from './entities/audit-record.entity.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([AuditRecord, AuditHead])],
  controllers: [AuditController],
  providers: [AuditChain, AuditLog, AuditRepository, AuditVerification],
  exports: [AuditLog],
})
export class AuditModule {}
