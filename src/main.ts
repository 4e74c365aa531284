import 'reflect-metadata';
import module from 'node:module';
import v8 from 'node:v8';

// Some hundred modules need not be compiled anew at each start. Node 20 has no such cache, and a folder that cannot be written has none either.
(module as Partial<typeof module>).enableCompileCache?.();
// A start leaves more garbage than an idle process ever makes: the young generation grows when there are requests.
v8.setFlagsFromString('--semi-space-growth-factor=1');

const { start } = await import('./start/start.js');
await start();
v8.setFlagsFromString('--semi-space-growth-factor=2');
