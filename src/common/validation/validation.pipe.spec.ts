import { Transform, Type } from 'class-transformer';
import { IsInt, IsOptional, Max, ValidateNested } from 'class-validator';
import { AmountRangeDto } from '../pagination/range.dto.js';
import { WholeNumber } from './decorators.js';
import { RequestValidationPipe } from './validation.pipe.js';

let reads = 0;

class QueryDto {
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => {
    reads += 1;
    return value;
  })
  @WholeNumber()
  @IsInt()
  @Max(100)
  limit: number = 20;

  @IsOptional()
  @ValidateNested()
  @Type(() => AmountRangeDto)
  price?: AmountRangeDto;
}

describe('RequestValidationPipe', () => {
  const pipe = new RequestValidationPipe();
  const read = (query: object) => pipe.transform(query, { type: 'query', metatype: QueryDto }) as Promise<QueryDto>;
  beforeEach(() => (reads = 0));

  it('checks a query once, and gives everybody their own', async () => {
    const first = await read({ limit: '5' });
    first.limit = 7;
    const second = await read({ limit: '5' });
    expect(second).toBeInstanceOf(QueryDto);
    expect({ ...second }).toEqual({ limit: 5 });
    expect(reads).toBe(1);
    expect((await read({ limit: '6' })).limit).toBe(6);
    expect((await read({})).limit).toBe(20);
  });

  it('refuses a bad query again and again', async () => {
    for (let time = 0; time < 3; time++) await expect(read({ limit: '101' })).rejects.toThrow();
  });

  it('remembers nothing that two readers could change for each other', async () => {
    const first = await read({ price: { gte: '1' } });
    expect((await read({ price: { gte: '1' } })).price).not.toBe(first.price);
  });
});
