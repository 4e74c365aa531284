import { addOperation } from '../lib/add-operation.mjs';
import { rule } from '../lib/rule.mjs';

/** `nest g operation <feature> <verb>`: something that is done to a row once, with everything around it. */
export const operation = rule(addOperation);
