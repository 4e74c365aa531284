import { html } from './html.js';

describe('html', () => {
  it('escapes every value, in text and in attributes', () => {
    const evil = `<script>alert("1")</script> & 'x'`;
    expect(html`<a href="${evil}">${evil}</a>`.toString()).toBe(
      '<a href="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;">' +
        '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</a>',
    );
  });

  it('takes what it made itself as it is, also in lists', () => {
    const rows = ['a', '<b>'].map((name) => html`<b>${name}</b>`);
    expect(html`<p>${rows}</p>`.toString()).toBe('<p><b>a</b><b>&lt;b&gt;</b></p>');
  });
});
