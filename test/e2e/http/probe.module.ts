import { Body, Controller, Get, HttpCode, Logger, Module, Param, Query } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { AppModule } from '../../../src/app.module.js';
import type { AppOptions } from '../../../src/app.setup.js';
import { notFound } from '../../../src/common/errors/domain.error.js';
import { VersionMismatchError } from '../../../src/common/errors/request.errors.js';
import { IfMatch } from '../../../src/common/http/etag.js';
import { Location } from '../../../src/common/http/location.decorator.js';
import { currentRequestId } from '../../../src/common/http/request-context.js';
import { Patch, Post } from '../../../src/common/idempotency/write.decorators.js';
import { MoneyDto } from '../../../src/common/money/money.dto.js';
import { PageQueryDto } from '../../../src/common/pagination/page.dto.js';
import { InstantRangeDto } from '../../../src/common/pagination/range.dto.js';
import { Public } from '../../../src/common/security/access.decorators.js';
import { MayBeAbsent } from '../../../src/common/validation/decorators.js';
import { testEnvironment } from '../../support/test-environment.js';

class NoteNotFoundError extends notFound('note.not_found', 'No such note') {}

class LabelDto {
  @IsString()
  @MaxLength(20)
  name: string;
}

class NoteDto {
  @IsString()
  @MaxLength(2_000_000)
  text: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  quantity?: number;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(3)
  @ValidateNested({ each: true })
  @Type(() => LabelDto)
  labels?: LabelDto[];

  @IsOptional()
  @ValidateNested()
  @Type(() => MoneyDto)
  price?: MoneyDto;

  @IsOptional()
  @IsObject()
  attributes?: Record<string, unknown>;
}

class ChangeNoteDto {
  @MayBeAbsent()
  @IsString()
  text?: string;
}

class ListNotesDto extends PageQueryDto {
  @IsOptional()
  @IsString()
  @MaxLength(100)
  q?: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => InstantRangeDto)
  createdAt?: InstantRangeDto;
}

/** Routes of the tests of what holds for every route. */
@Public()
@Controller({ path: 'probe', version: '1' })
class ProbeController {
  @Get('notes')
  list(@Query() query: ListNotesDto): object {
    return { data: [query], nextCursor: query.cursor ? null : 'bmV4dA' };
  }

  @Post('notes')
  @Location('probe/notes/:id')
  create(@Body() dto: NoteDto): object {
    return { id: '1', ...dto, version: 1 };
  }

  @Get('notes/:id')
  read(@Param('id') id: string): object {
    if (id === 'missing') throw new NoteNotFoundError('There is no such note.');
    return { id, text: 'read me', version: 3 };
  }

  @Patch('notes/:id')
  change(@Param('id') id: string, @Body() dto: ChangeNoteDto, @IfMatch() expected: number | undefined): object {
    if (expected !== undefined && expected !== 3) throw new VersionMismatchError(3);
    return { id, ...dto, version: 4 };
  }

  @Post('commands')
  @HttpCode(204)
  command(): void {
    return undefined;
  }

  @Get('request-id')
  requestIdOfGet(): object {
    return { requestId: currentRequestId() };
  }

  @Post('request-id')
  requestIdOfPost(@Body() dto: NoteDto): object {
    return { requestId: currentRequestId(), length: dto.text.length };
  }

  @Post('said')
  @HttpCode(204)
  say(@Body() { text }: NoteDto): void {
    new Logger(ProbeController.name).warn(text);
  }

  @Get('failure')
  fail(): never {
    throw new Error('password is hunter2 at /srv/secret.ts in SELECT * FROM users');
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

/** The whole application with the probe routes added under `/api/v1/probe`. */
export function withProbe(overrides: Parameters<typeof testEnvironment>[0] = {}): AppOptions {
  const root = AppModule.register(testEnvironment(overrides));
  return { root: { ...root, imports: [...(root.imports ?? []), ProbeModule] } };
}
