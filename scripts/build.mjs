// npm run build
import { build } from './build-if-needed.mjs';

try {
  await build();
} catch {
  // The compiler has said why.
  process.exitCode = 1;
}
