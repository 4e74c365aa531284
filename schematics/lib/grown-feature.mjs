import { Changes } from './changes.mjs';
import { featureModel } from './model.mjs';
import { featureNames } from './names.mjs';
import { digest, editedFiles, readRecord, recordPath } from './record.mjs';
import { register } from './registrations.mjs';

/** A generated feature that something is added to. What was edited by hand stays so; the rest stays known as generated. */
export class GrownFeature {
  constructor(options, project) {
    const { plural } = featureNames(options.name);
    this.record = readRecord(project, plural);
    this.model = featureModel(this.record.options, project);
    this.edited = new Set(editedFiles(project, this.record));
    this.changes = new Changes(project);
    const { singular } = this.model;
    this.paths = {
      controller: `src/${plural}/${plural}.controller.ts`,
      service: `src/${plural}/${plural}.service.ts`,
      repository: `src/${plural}/${plural}.repository.ts`,
      errors: `src/${plural}/${plural}.errors.ts`,
      entity: `src/${plural}/${singular}.entity.ts`,
      dto: `src/${plural}/${singular}.dto.ts`,
      event: `src/${plural}/${singular}.event.ts`,
      unit: `src/${plural}/${singular}.dto.spec.ts`,
      integration: `test/integration/${plural}/${plural}.repository.int-spec.ts`,
      endToEnd: `test/e2e/${plural}/${plural}.e2e-spec.ts`,
      races: `test/e2e/${plural}/${singular}-races.e2e-spec.ts`,
    };
  }

  /** Edits one of the feature's own files. @param changes Functions from text to text, in turn. */
  edit(file, ...changes) {
    for (const change of changes.filter(Boolean)) this.changes.edit(this.paths[file], change);
  }

  /** Names what is new outside the feature. */
  register(...registrations) {
    for (const registration of registrations) {
      this.changes.edit(registration.path, (text) => register(text, registration));
      const { path, imports, list, key, entry } = registration;
      this.record.registrations.push({ path, imports, list, key: key ?? entry });
    }
  }

  /** Writes a new file of the feature. */
  write(path, text) {
    this.record.files[path] = '';
    this.changes.write(path, text);
  }

  /** Writes everything down, and what is known of the feature with it. */
  async apply() {
    const texts = await this.changes.format();
    for (const path of Object.keys(this.record.files))
      if (texts.has(path) && !this.edited.has(path)) this.record.files[path] = digest(texts.get(path));
    this.changes.write(recordPath(this.model.plural), JSON.stringify(this.record));
    await this.changes.format();
    return this.changes.apply();
  }
}
