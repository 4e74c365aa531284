// Imported before a program, it prints at the end what was loaded: the addresses of files, and the names of Node's own modules.
import { registerHooks } from 'node:module';

const addresses = [];
registerHooks({
  load(address, context, load) {
    addresses.push(address);
    return load(address, context);
  },
});
process.on('exit', () => console.log([...addresses, ...process.moduleLoadList].join('\n')));
