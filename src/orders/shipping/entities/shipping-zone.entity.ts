import { Column, Entity } from 'typeorm';
import { Resource } from '../../../database/resource.entity.js';
import type { ZoneArea } from '../zone-areas.js';

/** Where shipping methods go to. */
@Entity('shipping_zones')
export class ShippingZone extends Resource {
  /** @example "Germany without islands" */
  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'jsonb' })
  areas: ZoneArea[];
}
