import { forbidden, tooManyRequests, unauthenticated } from '../../common/errors/domain.error.js';

/** A caller, or an address, has as many streams open as it may. */
export class TooManyStreamsError extends tooManyRequests(
  'event.too_many_streams',
  'Too many streams',
  'As many streams are open as one caller may have; close one first.',
) {
  override readonly headers = { 'retry-after': '10' };
}

/** The page that opens a socket is of an origin that may not. */
export class OriginNotAllowedError extends forbidden(
  'request.origin_not_allowed',
  'Not from this origin',
  'Pages of this origin may not open sockets here; CORS_ORIGINS lists those that may.',
) {}

/** What is asked for needs a caller, and the socket has none yet. */
export class SocketNotAuthenticatedError extends unauthenticated(
  'auth.required',
  'Sign in first',
  'Send an access token first: {"type":"authenticate","token":"…"}.',
) {}

/** A socket stays its caller's. */
export class OtherCallerError extends forbidden(
  'event.other_caller',
  'Somebody else',
  'This socket is in use by somebody else; a new token must be of the same caller.',
) {}

/** A socket listens to as many channels as it may. */
export class TooManyChannelsError extends tooManyRequests(
  'event.too_many_channels',
  'Too many channels',
  'This socket has as many subscriptions as one may; end some first.',
) {}
