/** Every message as plain text, for Handlebars. */
export const TEXT_LAYOUT = `{{subject}}

{{#if greeting}}
{{greeting}}

{{/if}}
{{#each paragraphs}}
{{this}}

{{/each}}
{{#if rows}}
{{#each rows}}
  {{label}}: {{value}}
{{/each}}

{{/if}}
{{#if action}}
{{action.label}}:
{{action.url}}

{{#if action.token}}
{{action.codeHint}}
{{action.token}}

{{/if}}
{{/if}}
{{#each notes}}
{{this}}

{{/each}}
{{signature}}
{{shopUrl}}
`;
