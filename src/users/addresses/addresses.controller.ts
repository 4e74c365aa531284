import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { mapPage, PageQueryDto } from '../../common/pagination/page.dto.js';
import { CurrentUser, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { UserNotFoundError } from '../users.errors.js';
import { AddressNotFoundError, TooManyAddressesError } from './addresses.errors.js';
import { AddressesService } from './addresses.service.js';
import {
  AddressPageDto,
  AddressResponseDto,
  CreateAddressDto,
  toAddressResponse,
  UpdateAddressDto,
} from './dto/address.dto.js';

@ApiTags('addresses')
@Controller('users/me/addresses')
@SignedIn()
export class AddressesController {
  constructor(private readonly addresses: AddressesService) {}

  /** Lists your addresses, newest first. */
  @Get()
  async findAll(@Query() query: PageQueryDto, @CurrentUser() user: AuthenticatedUser): Promise<AddressPageDto> {
    return mapPage(await this.addresses.list(user.id, query), toAddressResponse);
  }

  /** Reads one of your addresses. */
  @Get(':id')
  @ApiProblems(AddressNotFoundError)
  async findOne(
    @Param('id', UuidParam) id: string,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<AddressResponseDto> {
    return toAddressResponse(await this.addresses.get(id, user.id));
  }

  /**
   * Adds an address.
   *
   * Postal code and region are asked for where the country's addresses have them, and are stored the way it writes them.
   */
  @Post()
  @Location('users/me/addresses/:id')
  @ApiProblems(TooManyAddressesError, UserNotFoundError)
  async create(@Body() dto: CreateAddressDto, @CurrentUser() user: AuthenticatedUser): Promise<AddressResponseDto> {
    return toAddressResponse(await this.addresses.create(user.id, dto));
  }

  /** Changes one of your addresses. */
  @Patch(':id')
  @ApiProblems(AddressNotFoundError, UserNotFoundError, VersionMismatchError)
  async update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateAddressDto,
    @CurrentUser() user: AuthenticatedUser,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<AddressResponseDto> {
    return toAddressResponse(await this.addresses.update(id, user.id, dto, expectedVersion));
  }

  /** Removes one of your addresses. */
  @Delete(':id')
  @HttpCode(204)
  @ApiProblems(AddressNotFoundError, VersionMismatchError)
  remove(
    @Param('id', UuidParam) id: string,
    @CurrentUser() user: AuthenticatedUser,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<void> {
    return this.addresses.remove(id, user.id, expectedVersion);
  }
}
