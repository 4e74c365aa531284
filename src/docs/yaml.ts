const PLAIN = /^[A-Za-z_$/][\w$/.-]*$/;
/** Words that YAML 1.1 or 1.2 reads as something else than text. */
const RESERVED = /^(true|false|null|yes|no|on|off|y|n|~)$/i;

/** Writes plain data as YAML. Texts are quoted as in JSON, which is YAML too. */
export function toYaml(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []\n';
    return `\n${value.map((item) => `${indent}-${toYaml(item, `${indent}  `)}`).join('')}`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    if (members.length === 0) return ' {}\n';
    return `\n${members.map(([name, member]) => `${indent}${keyOf(name)}:${toYaml(member, `${indent}  `)}`).join('')}`;
  }
  return ` ${JSON.stringify(value ?? null)}\n`;
}

function keyOf(name: string): string {
  return PLAIN.test(name) && !RESERVED.test(name) ? name : JSON.stringify(name);
}
