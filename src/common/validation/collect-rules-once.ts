import { getMetadataStorage } from 'class-validator';

type Storage = ReturnType<typeof getMetadataStorage>;
type Rules = ReturnType<Storage['getTargetValidationMetadatas']>;
type RulesOfMembers = ReturnType<Storage['groupByPropertyName']>;

/**
 * Lets class-validator collect the rules of a class once, and not for every value: each time it asks every validated class of the
 * application whether this one inherits from it. Rules never change once a class is loaded.
 */
export function collectRulesOnce(): void {
  const storage = getMetadataStorage();
  const collect = storage.getTargetValidationMetadatas.bind(storage);
  const group = storage.groupByPropertyName.bind(storage);
  const rules = new WeakMap<object, Rules>();
  const members = new WeakMap<Rules, RulesOfMembers>();
  storage.getTargetValidationMetadatas = (target, schema, always, strictGroups, groups) => {
    // This API has neither schemas nor groups of rules; for whoever brings them in, everything stays as it was.
    if (schema || always || strictGroups || groups) return collect(target, schema, always, strictGroups, groups);
    let found = rules.get(target);
    if (!found) rules.set(target, (found = collect(target, schema, always, strictGroups, groups)));
    return found;
  };
  storage.groupByPropertyName = (found) => {
    let grouped = members.get(found);
    if (!grouped) members.set(found, (grouped = group(found)));
    return grouped;
  };
}
