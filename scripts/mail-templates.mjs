// Compiles the layouts of mail (src/mail/templates/*.mjml) into src/mail/templates/compiled-layouts.ts, which is committed: MJML is
// needed by whoever changes a layout, and by nobody else. `--check` fails when the file is not what the layouts give.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import mjml2html from 'mjml';
import { format, resolveConfig } from 'prettier';

const FOLDER = join('src', 'mail', 'templates');
export const LAYOUTS_FILE = join(FOLDER, 'compiled-layouts.ts');

/** The module that the layouts of a folder give. @throws Error naming every fault that MJML finds. */
export async function compileLayouts(folder = FOLDER) {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.mjml'))
    .sort();
  const parts = ['// Made by scripts/mail-templates.mjs from the .mjml files beside it; not to be edited.'];
  for (const name of names) {
    const { html, errors } = await mjml2html(readFileSync(join(folder, name), 'utf8'), {
      validationLevel: 'strict',
      fonts: {},
    });
    if (errors.length > 0)
      throw new Error(`${name}: ${errors.map(({ formattedMessage }) => formattedMessage).join('\n')}`);
    const lines = html
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    const constant = `${basename(name, '.mjml').replaceAll('-', '_').toUpperCase()}_LAYOUT`;
    parts.push(
      `/** ${name} as HTML for Handlebars. */\nexport const ${constant} = ${JSON.stringify(lines)}.join('\\n');`,
    );
  }
  return format(parts.join('\n\n'), { ...(await resolveConfig(LAYOUTS_FILE)), parser: 'typescript' });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const text = await compileLayouts();
  if (!process.argv.includes('--check')) {
    writeFileSync(LAYOUTS_FILE, text);
  } else if (!existsSync(LAYOUTS_FILE) || readFileSync(LAYOUTS_FILE, 'utf8') !== text) {
    console.error(`${LAYOUTS_FILE} is not what the layouts give; run \`npm run mail\` and commit the file.`);
    process.exit(1);
  }
}
