import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** The location every shop starts with; adjustments that name none mean this one. */
export const MAIN_LOCATION_ID = '01970000-0000-7000-8000-000000000001';

/** A place that holds stock. */
@Entity('locations')
@Unique('locations_code_key', ['code'])
export class Location {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'text' })
  code: string;

  @Column({ type: 'text' })
  name: string;
}
