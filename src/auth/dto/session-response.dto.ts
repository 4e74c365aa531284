import bowser from 'bowser';
import { PageOf } from '../../common/pagination/page.dto.js';
import type { Session, SignInMethod } from '../entities/session.entity.js';

/** One sign-in on one device. */
export class SessionResponseDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

  /**
   * What the client called itself (`User-Agent`).
   * @example "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
   */
  device: string | null;

  /** The same for people: browser and system. @example "Firefox on Linux" */
  deviceName: string | null;

  /** The address it signed in from. @example "203.0.113.7" */
  address: string | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  createdAt: Date;

  /** The latest sign-in or refresh. @example "2026-01-15T09:30:00.000Z" */
  lastUsedAt: Date;

  /** What was proved at the latest sign-in. @example ["password", "totp"] */
  methods: SignInMethod[];

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
    id: session.id,
    device: session.userAgent,
    deviceName: nameOf(session.userAgent),
    address: session.address,
    createdAt: session.createdAt,
    lastUsedAt: session.lastUsedAt,
    methods: session.methods,
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
