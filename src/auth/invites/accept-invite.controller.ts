import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { attempts, RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { Caller, Public } from '../../common/security/access.decorators.js';
import type { Principal } from '../../common/security/principal.js';
import { toUserResponse, UserResponseDto } from '../../users/dto/user-response.dto.js';
import {
  InvalidInviteTokenError,
  InviteAccountExistsError,
  InviteNotGrantableError,
} from '../../users/invites/invites.errors.js';
import { PasswordRejectedError } from '../auth.errors.js';
import { AcceptInviteService } from './accept-invite.service.js';
import { AcceptInviteDto } from './dto/accept-invite.dto.js';

const ACCEPT_POLICY = attempts('invite-accept', 10, 60);

@ApiTags('invites')
@Controller('invites')
export class AcceptInviteController {
  constructor(private readonly invites: AcceptInviteService) {}

  /**
   * Accepts an invite to join the staff.
   *
   * Makes the account, with a proven address and the roles of the invite; sign in with it afterwards. Where the address has an account,
   * send its access token: the roles go to that account, and no password is needed. A token that is not valid counts as none.
   */
  @Post('accept')
  @Public({ credentials: 'forgiving' })
  @RateLimit(ACCEPT_POLICY)
  @Idempotent({ spansTransactions: true })
  @Location('users/me')
  @ApiProblems(InvalidInviteTokenError, InviteAccountExistsError, InviteNotGrantableError, PasswordRejectedError)
  async accept(@Body() dto: AcceptInviteDto, @Caller() caller: Principal): Promise<UserResponseDto> {
    return toUserResponse(await this.invites.accept(dto, caller));
  }
}
