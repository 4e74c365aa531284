import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { CartsRepository, type ExportedCart } from './carts.repository.js';

/** How long carts are kept, and what they know of a person. */
@Injectable()
export class CartRetentionService {
  constructor(
    private readonly carts: CartsRepository,
    private readonly environment: Environment,
  ) {}

  /** Marks up to `limit` carts as abandoned that nobody has changed for `CART_TTL` seconds. @returns how many. */
  abandon(limit: number): Promise<number> {
    return this.carts.abandon(limit, this.environment.CART_TTL);
  }

  /** Deletes up to `limit` closed carts that are past their time, as they tell of people. @returns how many. */
  purge(limit: number): Promise<number> {
    return this.carts.purge(limit);
  }

  /** The carts of a user, oldest first. */
  export(userId: string): Promise<ExportedCart[]> {
    return this.carts.listOf(userId);
  }

  /** Deletes the carts of a user. @param provenEmail Canonical; guests' carts under it are theirs too. Null when it is not proven. */
  erase(userId: string, provenEmail: string | null): Promise<void> {
    return this.carts.deleteOf(userId, provenEmail);
  }
}
