import { Controller, Get, Module } from '@nestjs/common';
import { pino } from 'pino';
import { AppModule } from '../../../src/app.module.js';
import { createApp } from '../../../src/app.setup.js';
import { Public, SignedIn } from '../../../src/common/security/access.decorators.js';
import { TestApp } from '../../support/test-app.js';
import { testEnvironment } from '../../support/test-environment.js';

@Controller('forgotten')
class ForgottenController {
  @Get()
  @Public()
  declared(): string {
    return 'public';
  }

  @Get('secret')
  undeclared(): string {
    return 'secret';
  }
}

@Controller('declared')
@SignedIn()
class DeclaredController {
  @Get()
  inherited(): object {
    return { ok: true };
  }
}

@Module({})
class ExtendedModule {}

const withController = (controller: typeof ForgottenController | typeof DeclaredController) => ({
  root: { module: ExtendedModule, imports: [AppModule.register(testEnvironment())], controllers: [controller] },
});

describe('the check of every route at start', () => {
  it('refuses to start with a route that does not say who may call it, and names it', async () => {
    const app = await createApp(testEnvironment(), pino({ level: 'silent' }), withController(ForgottenController));
    try {
      await expect(app.init()).rejects.toThrow(/ForgottenController\.undeclared$/);
    } finally {
      await app.close();
    }
  });

  it('takes a declaration on the class for all its routes, and enforces it', async () => {
    const app = await TestApp.start({}, withController(DeclaredController));
    try {
      expect((await app.get('/declared')).statusCode).toBe(401);
    } finally {
      await app.close();
    }
  });

  it('refuses to load a route that declares it twice', () => {
    expect(() => {
      class Twice {
        @Public()
        @SignedIn()
        handler(): void {}
      }
      return Twice;
    }).toThrow('handler declares twice who may call it');
  });
});
