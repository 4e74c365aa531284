import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { everyOffered, type Implementation, lastOffered } from './extension-points.js';

abstract class Carrier implements Implementation {
  abstract readonly isOffered: boolean;
}

@Injectable()
class Post extends Carrier {
  override readonly isOffered = true;
}

@Injectable()
class Pigeon extends Carrier {
  override readonly isOffered = false;
}

@Injectable()
class Courier extends Carrier {
  override readonly isOffered = true;

  constructor(readonly post: Post) {
    super();
  }
}

const CARRIERS = { post: Post, courier: Courier, pigeon: Pigeon };

describe('an extension point', () => {
  it('that uses every implementation gives those that are offered by name, made as Nest makes them', async () => {
    const module = await Test.createTestingModule({ providers: everyOffered(Carrier, CARRIERS) }).compile();
    const offered: unknown = module.get(Carrier);
    expect(offered).toEqual(
      new Map<string, Carrier>([
        ['post', module.get(Post)],
        ['courier', module.get(Courier)],
      ]),
    );
    expect(module.get(Courier).post).toBe(module.get(Post));
  });

  it('that uses one gives the last that is offered', async () => {
    const module = await Test.createTestingModule({ providers: lastOffered(Carrier, CARRIERS) }).compile();
    expect(module.get(Carrier)).toBe(module.get(Courier));
  });
});
