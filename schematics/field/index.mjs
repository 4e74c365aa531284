import { addField } from '../lib/add-field.mjs';
import { rule } from '../lib/rule.mjs';

/** `nest g field <feature> <field>`: a column through entity, requests, answers, migration and tests. */
export const field = rule(addField);
