import { PickType } from '@nestjs/swagger';
import bowser from 'bowser';
import { shown } from '../../common/http/resource.dto.js';
import { PageOf } from '../../common/pagination/page.dto.js';
import { Session } from '../entities/session.entity.js';

const SHOWN = ['id', 'address', 'createdAt', 'lastUsedAt', 'methods'] as const;

/** One sign-in on one device. */
export class SessionResponseDto extends PickType(Session, SHOWN) {
  /**
   * What the client called itself (`User-Agent`).
   * @example "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
   */
  device: string | null;

  /** The same for people: browser and system. @example "Firefox on Linux" */
  deviceName: string | null;

  /** True when a member of staff acts as you in it. @example false */
  isImpersonation: boolean;

  /** When it ends unless it is refreshed before, and at the latest. @example "2026-02-14T09:30:00.000Z" */
  expiresAt: Date;

  /** True for the session that asks. @example true */
  isCurrent: boolean;
}

/** One page of sessions, newest first. */
export class SessionPageDto extends PageOf(SessionResponseDto) {}

export function toSessionResponse(session: Session, currentId: string | null): SessionResponseDto {
  return {
    ...shown(session, SHOWN),
    device: session.userAgent,
    deviceName: nameOf(session.userAgent),
    isImpersonation: session.impersonatorId !== null,
    expiresAt: session.endsAt,
    isCurrent: session.id === currentId,
  };
}

/** `Firefox on Linux`; null for a client that does not say what it is. */
function nameOf(userAgent: string | null): string | null {
  if (!userAgent) return null;
  const { browser, os } = bowser.parse(userAgent);
  return [browser.name, os.name].filter(Boolean).join(' on ') || null;
}
