import 'reflect-metadata';
import module from 'node:module';

// Some hundred modules need not be compiled anew at each start. Node 20 has no such cache, and a folder that cannot be written has none either.
(module as Partial<typeof module>).enableCompileCache?.();

const { start } = await import('./start/start.js');
await start();
