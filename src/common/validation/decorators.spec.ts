import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { IsId, IsNotBlank } from './decorators.js';

class Tagged {
  @IsId()
  productId: string;

  @IsNotBlank({ each: true })
  tags: string[];
}

const ID = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';
const read = (productId: unknown, tags: unknown = []): Tagged => plainToInstance(Tagged, { productId, tags });
const offending = (tagged: Tagged): string[] => validateSync(tagged).map(({ property }) => property);

describe('IsId', () => {
  it('takes a UUID in any case, and hands it on in lower case', () => {
    const tagged = read(ID.toUpperCase());
    expect(tagged.productId).toBe(ID);
    expect(offending(tagged)).toEqual([]);
  });

  it.each(['none', '', 7, null, undefined, [ID]])('refuses %j', (id) => {
    expect(offending(read(id))).toEqual(['productId']);
  });
});

describe('IsNotBlank', () => {
  it('looks at each element of a list when it is told to', () => {
    expect(offending(read(ID, ['new', 'red']))).toEqual([]);
    expect(offending(read(ID, ['new', ' ']))).toEqual(['tags']);
  });
});
