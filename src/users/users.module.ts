import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CredentialsRepository } from './credentials/credentials.repository.js';
import { CredentialsService } from './credentials/credentials.service.js';
import { Role } from './entities/role.entity.js';
import { UserRole } from './entities/user-role.entity.js';
import { User } from './entities/user.entity.js';
import { PersonalData } from './personal-data.js';
import { RolesModule } from './roles/roles.module.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([User, Role, UserRole]), RolesModule],
  controllers: [UsersController],
  providers: [UsersService, UsersRepository, CredentialsService, CredentialsRepository, PersonalData],
  exports: [RolesModule, UsersService, CredentialsService, PersonalData],
})
export class UsersModule {}
