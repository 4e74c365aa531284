import { hash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Matches no version: what a malformed, weak or foreign `If-Match` asks for. */
const NO_VERSION = -1;

/**
 * The strong entity tag of a representation: `"<version>-<digest>"`, or the digest alone for what has no version.
 *
 * The digest makes it exact for caching; `If-Match` compares the version, so a change that no version counts (a price formatted for
 * another reader, availability) does not refuse an edit. RFC 9110 section 8.8.3.
 */
export function entityTag(body: string | Buffer, version?: number): string {
  const digest = hash('sha256', body, 'base64url').slice(0, 16);
  return version === undefined ? `"${digest}"` : `"${version}-${digest}"`;
}

/** True when `If-None-Match` lists the tag or is `*`; weak comparison (RFC 9110 section 13.1.2). */
export function matchesNone(header: string, tag: string): boolean {
  return header.trim() === '*' || header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === tag);
}

/**
 * The version that `If-Match` asks for: `undefined` when the header is absent or `*`, otherwise the version inside the tag.
 *
 * Of a list, the highest version counts, as older ones cannot match any more. Weak and malformed tags match nothing (RFC 9110 section
 * 13.1.1 asks for strong comparison).
 */
export function expectedVersion(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const versions = header.split(',').map((tag) => {
    const match = /^"(\d{1,10})(?:-[A-Za-z0-9_-]{1,64})?"$/.exec(tag.trim());
    return match ? Number(match[1]) : NO_VERSION;
  });
  return Math.max(NO_VERSION, ...versions);
}

/** Hands a handler the version that `If-Match` asks for; see `expectedVersion`. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): number | undefined =>
  expectedVersion(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
);
