import { GenerationError } from './generation-error.mjs';
import { format } from './format.mjs';

/** Files to be written, changed and deleted; nothing of it happens before all of it is known to be possible. */
export class Changes {
  #texts = new Map();
  #deleted = new Set();
  #formatted = new Set();

  constructor(project) {
    this.project = project;
  }

  read(path) {
    return this.#texts.get(path) ?? this.project.read(path);
  }

  write(path, text) {
    this.#formatted.delete(path);
    this.#texts.set(path, text);
  }

  edit(path, change) {
    this.write(path, change(this.read(path)));
  }

  delete(path) {
    this.#texts.delete(path);
    this.#deleted.add(path);
  }

  /** Formats what was written. @returns the texts by path. */
  async format() {
    for (const [path, text] of this.#texts) {
      if (this.#formatted.has(path)) continue;
      try {
        this.#texts.set(path, await format(path, text));
        this.#formatted.add(path);
      } catch (error) {
        throw new GenerationError(`${path} would not be well-formed: ${error.message}`);
      }
    }
    return this.#texts;
  }

  /** Puts everything into the tree, which the schematic engine writes to the disk at its end. */
  apply() {
    const { tree } = this.project;
    for (const path of this.#deleted) if (tree.exists(path)) tree.delete(path);
    for (const [path, text] of this.#texts) {
      if (!tree.exists(path)) tree.create(path, text);
      else if (tree.read(path).toString('utf8') !== text) tree.overwrite(path, text);
    }
    return tree;
  }
}
