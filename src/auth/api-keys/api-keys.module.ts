import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RetentionTasks } from '../../jobs/retention-tasks.js';
import { PersonalData } from '../../users/personal-data.js';
import { AccessChanges } from '../../users/roles/access-changes.service.js';
import { UsersModule } from '../../users/users.module.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { ApiKey } from './entities/api-key.entity.js';
import { MachineRecognition } from './machine-recognition.service.js';
import { MachinesRepository } from './machines.repository.js';

/** Keys with which machines call: making and ending them, and recognising who calls with one. */
@Module({
  imports: [TypeOrmModule.forFeature([ApiKey]), UsersModule],
  controllers: [ApiKeysController],
  providers: [ApiKeysService, ApiKeysRepository, MachineRecognition, MachinesRepository],
  exports: [MachineRecognition],
})
export class ApiKeysModule implements OnModuleInit {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly machines: MachineRecognition,
    private readonly access: AccessChanges,
    private readonly retention: RetentionTasks,
    private readonly personalData: PersonalData,
  ) {}

  onModuleInit(): void {
    this.access.listen(() => this.machines.forget());
    this.retention.add({ name: 'API keys', purge: (limit) => this.keys.purgeEnded(limit) });
    this.personalData.add({
      section: 'api-keys',
      description: 'API keys that you made, without their secrets.',
      export: (userId) => this.keys.exportMadeBy(userId),
      erase: (userId) => this.keys.eraseMadeBy(userId),
    });
  }
}
