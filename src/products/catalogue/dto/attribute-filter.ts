import { registerDecorator } from 'class-validator';

const MAX_ATTRIBUTES = 10;

/** Refuses an attribute filter that is not a short set of names with one text each. */
export const IsAttributeFilter = (): PropertyDecorator => (target, propertyName) => {
  registerDecorator({
    name: 'isAttributeFilter',
    target: target.constructor,
    propertyName: propertyName as string,
    validator: {
      validate: (value: unknown) =>
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        Object.keys(value).length <= MAX_ATTRIBUTES &&
        Object.values(value).every((text) => typeof text === 'string' && text.length <= 500),
      defaultMessage: () =>
        `must be written attributes[name]=value, each name once, with up to ${MAX_ATTRIBUTES} names`,
    },
  });
};
