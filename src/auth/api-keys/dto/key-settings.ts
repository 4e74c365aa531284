import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, MaxLength, ValidateBy } from 'class-validator';
import { SCOPES } from '../../../common/security/scopes.js';
import { isAddressOrRange } from '../address-list.js';

const MOST_ADDRESSES = 50;
/** An IPv6 address and the length of its prefix. */
const LONGEST_RANGE = 43;

/** A member that lists the scopes of a key by name; `*` would also stand for scopes that are still to come. */
export const AreKeyScopes = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(SCOPES.length),
    ArrayUnique({ message: 'must name each scope once' }),
    IsIn(SCOPES, { each: true, message: 'must be scopes by name, without *' }),
  );

/** A member that lists addresses and ranges of addresses. */
export const AreAddresses = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMaxSize(MOST_ADDRESSES),
    ArrayUnique({ message: 'must name each address once' }),
    MaxLength(LONGEST_RANGE, { each: true, message: 'must be IPv4 or IPv6 addresses, or ranges in CIDR form' }),
    ValidateBy(
      {
        name: 'isAddressOrRange',
        validator: {
          validate: isAddressOrRange,
          defaultMessage: () => 'must be IPv4 or IPv6 addresses, or ranges in CIDR form',
        },
      },
      { each: true },
    ),
  );
