// npm start: builds what has changed, then becomes the application.
import { buildForStart } from './build-if-needed.mjs';
import { endWithNpm } from './end-with-npm.mjs';

endWithNpm();

try {
  await buildForStart();
} catch {
  // The compiler has said why.
  process.exit(1);
}
await import('../dist/main.js');
