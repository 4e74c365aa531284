import { Module } from '@nestjs/common';
import type { Environment } from '../config/environment.js';
import { AccountPages } from './account-pages.js';
import { AccountPagesController } from './account-pages.controller.js';

/** `GET /account/{page}`; imported only where the shop has no pages of its own. */
@Module({ controllers: [AccountPagesController], providers: [AccountPages] })
export class AccountPagesModule {
  static isWanted(environment: Environment): boolean {
    return environment.servesHttp && environment.STOREFRONT_URL === undefined;
  }
}
