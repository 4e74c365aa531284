import { attempts } from '../common/rate-limit/rate-limit.decorator.js';

/** Limits per address; `LoginThrottle` adds one per account. */
export const LOGIN_POLICY = attempts('login', 10, 60);
export const REGISTER_POLICY = attempts('register', 10, 60);
export const REFRESH_POLICY = attempts('refresh', 60, 60);
