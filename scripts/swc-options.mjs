/** How swc makes JavaScript of `src` as the compiler would; the tests and the first start have no time for types. */
export const swcOptions = {
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    keepClassNames: true,
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  swcrc: false,
};
