// npm run build
import { build } from './build-if-needed.mjs';

try {
  build();
} catch {
  // The compiler has said why.
  process.exitCode = 1;
}
