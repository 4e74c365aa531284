import { ArrayMaxSize, IsIn, IsOptional, Matches } from 'class-validator';
import { CommaSeparated, PageQueryDto } from '../../common/pagination/page.dto.js';
import { OPERATION_STATUSES, type OperationStatus } from '../entities/operation.entity.js';

export class ListOperationsDto extends PageQueryDto {
  /**
   * Operations of one of these kinds.
   * @example "user_export"
   */
  @IsOptional()
  @CommaSeparated()
  @ArrayMaxSize(20)
  @Matches(/^[a-z][a-z0-9_]{0,63}$/, { each: true, message: 'must be kinds of operations, separated by commas' })
  kind?: string[];

  /**
   * Operations in one of these states.
   * @example "queued,running"
   */
  @IsOptional()
  @CommaSeparated()
  @ArrayMaxSize(OPERATION_STATUSES.length)
  @IsIn(OPERATION_STATUSES, { each: true })
  status?: OperationStatus[];
}
