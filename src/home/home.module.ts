import { Module } from '@nestjs/common';
import { HomeController } from './home.controller.js';

/** `GET /` and `GET /.well-known/security.txt`. */
@Module({ controllers: [HomeController] })
export class HomeModule {}
