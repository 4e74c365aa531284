// npm start: builds what has changed, then becomes the application.
import { buildIfNeeded } from './build-if-needed.mjs';
import { endWithNpm } from './end-with-npm.mjs';

endWithNpm();

try {
  buildIfNeeded();
} catch {
  // The compiler has said why.
  process.exit(1);
}
await import('../dist/main.js');
