import { CreateFoundation1767225600000 } from './1767225600000-create-foundation.js';
import { CreateUsers1767225601000 } from './1767225601000-create-users.js';
import { CreateProducts1767225602000 } from './1767225602000-create-products.js';
import { CreateOrders1767225603000 } from './1767225603000-create-orders.js';
import { SignIn1767225614000 } from './1767225614000-sign-in.js';

/** Every migration, oldest first. A list instead of a file pattern, so that it reads the same in every runtime. */
export const migrations = [
  CreateFoundation1767225600000,
  CreateUsers1767225601000,
  CreateProducts1767225602000,
  CreateOrders1767225603000,
  SignIn1767225614000,
];
