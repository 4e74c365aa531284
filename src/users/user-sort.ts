/** What the staff list can be sorted by; `-` turns it round. */
export const USER_SORTS = ['createdAt', '-createdAt', 'email', '-email', 'name', '-name'] as const;
export type UserSort = (typeof USER_SORTS)[number];
