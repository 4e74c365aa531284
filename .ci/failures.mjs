// Which tests of a report of Jest have failed, and how each began to say why: what is wanted first, where the log is long.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const LINES = 12;
const FRAMES_OF_OTHERS = /^\s+at .*(node_modules|node:|new Promise)/;

for (const { name, status, message, assertionResults } of JSON.parse(readFileSync(process.argv[2])).testResults) {
  const failed = assertionResults.filter((one) => one.status === 'failed');
  for (const { fullName, failureMessages } of failed) tell(name, fullName, failureMessages.join('\n'));
  if (status === 'failed' && failed.length === 0) tell(name, 'the file itself', message);
}

function tell(file, test, why) {
  console.log(`failed: ${relative('.', file)}: ${test}`);
  const lines = stripVTControlCharacters(why)
    .split('\n')
    .filter((line) => line.trim() && !FRAMES_OF_OTHERS.test(line));
  for (const line of lines.slice(0, LINES)) console.log(`  ${line.slice(0, 300)}`);
}
