const { readdirSync } = require('node:fs');

const shared = 'common|config|database|jobs|mail|audit|embedded';
/** What is neither shared nor a feature: the doors of the program, and what serves several features. */
const program = 'account-pages|cli|docs|events|health|home|job-control|metrics|operations|start';
/** Every other folder of `src`, so that a new feature is held to the same rules. */
const features = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !`${shared}|${program}`.split('|').includes(entry.name))
  .map(({ name }) => name)
  .join('|');

/** The arrows of docs/decisions and of the style guide: features point one way, and nothing shared knows a feature. */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Both ends of a relation name each other, which TypeORM resolves late; nothing else may.',
      severity: 'error',
      from: { pathNot: '\\.entity\\.ts$' },
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-foreign-internals',
      comment:
        'Another feature is reached through its module, its services, its events, its errors and what it answers.',
      severity: 'error',
      from: { path: `^src/(${features})/` },
      to: {
        path: `^src/(${features})/`,
        dependencyTypesNot: ['type-only'],
        pathNot: ['^src/$1/', '(\\.(module|service|event|errors)|-response\\.dto|/personal-data)\\.ts$'],
      },
    },
    {
      name: 'features-point-one-way',
      severity: 'error',
      from: { path: '^src/(users|products)/' },
      to: { path: '^src/(auth|orders)/', pathNot: '^src/auth/access' },
    },
    {
      name: 'auth-and-orders-are-apart',
      severity: 'error',
      from: { path: '^src/auth/' },
      to: { path: '^src/(products|orders)/' },
    },
    {
      name: 'shared-knows-no-feature',
      severity: 'error',
      from: { path: `^src/(${shared})/` },
      to: { path: `^src/(${features}|health|docs|start|cli)/` },
    },
    {
      name: 'common-is-the-bottom',
      comment:
        'Idempotency stores its keys in the transaction of the effect, so that part of common knows the transaction runner.',
      severity: 'error',
      from: { path: '^src/(common|config)/', pathNot: '^src/common/(idempotency|common\\.module)' },
      to: { path: '^src/(jobs|mail|embedded)/' },
    },
    {
      name: 'orm-stays-in-persistence',
      severity: 'error',
      from: { path: '^src/', pathNot: ['\\.(repository|entity|module)\\.ts$', '^src/(database|jobs)/'] },
      to: { path: 'node_modules/(typeorm|@nestjs/typeorm)/' },
    },
    {
      name: 'queue-library-stays-in-jobs',
      severity: 'error',
      from: { path: '^src/', pathNot: ['\\.(processor|module)\\.ts$', '^src/jobs/'] },
      to: { path: 'node_modules/(bull|@nestjs/bull)/' },
    },
    {
      name: 'no-layer-skipping',
      severity: 'error',
      from: { path: '\\.(controller|processor)\\.ts$' },
      to: { path: '\\.repository\\.ts$' },
    },
    {
      name: 'only-the-start-knows-embedded-servers',
      comment: 'Production must be able to run without them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(embedded|start)/' },
      to: { path: '^src/embedded/' },
    },
    {
      name: 'no-development-dependency-at-run-time',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/embedded/', '\\.spec\\.ts$'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-undeclared-dependency',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'no-unresolved-import', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['\\.spec\\.ts$', '^src/main\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
