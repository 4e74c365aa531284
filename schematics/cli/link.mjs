// After `npm install`: has the Nest CLI load `options.mjs`, whichever `nest` is called, ours or a global one.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const COMMAND = 'node_modules/@nestjs/cli/commands/generate.command.js';
const LINES = `
// Added by schematics/cli/link.mjs of this project.
import { takeOptions } from '@storehouse/schematics/cli/options.mjs';
takeOptions(GenerateCommand);
`;

// Production has no CLI.
if (existsSync('node_modules/@nestjs/cli')) {
  const text = readFileSync(COMMAND, 'utf8');
  if (!text.includes('class GenerateCommand')) throw new Error(`${COMMAND} is not what schematics/cli/link.mjs knows`);
  if (!text.includes('takeOptions')) {
    // A new file: npm may have linked the old one to its cache, or to other projects.
    writeFileSync(`${COMMAND}.new`, text + LINES);
    renameSync(`${COMMAND}.new`, COMMAND);
  }
}
