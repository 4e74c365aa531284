import { TestApp } from '../../support/test-app.js';
import { operations } from './openapi-document.js';

describe('The docs', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  it('are a page without inline script or style, and with nothing from elsewhere', async () => {
    const page = await app.get('//docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).not.toMatch(/<script(?![^>]*\ssrc=")[^>]*>|<style|\sstyle=|\son\w+=|https?:|\/\//i);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toMatch(/default-src 'none'; script-src 'self';/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it('serve every file the page asks for, for browsers to keep', async () => {
    const page = await app.get('//docs');
    const files = [...page.body.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map((match) => match[1]!);
    expect(files).toEqual(expect.arrayContaining(['docs/swagger-ui.css', 'docs/swagger-ui-bundle.js', 'docs/page.js']));
    for (const file of files) {
      const first = await app.get(`//${file}`);
      expect(first.statusCode).toBe(200);
      expect(first.headers['content-type']).toMatch(/^(text\/(css|javascript); charset=utf-8|image\/png)$/);
      expect(Number(first.headers['content-length'])).toBe(first.rawPayload.length);
      const again = await app.get(`//${file}`, { headers: { 'if-none-match': String(first.headers.etag) } });
      expect({ status: again.statusCode, length: again.rawPayload.length }).toEqual({ status: 304, length: 0 });
    }
  });

  it('do not serve the other files of Swagger UI', async () => {
    for (const file of [
      'index.html',
      'package.json',
      'swagger-ui.js.map',
      'oauth2-redirect.html',
      '..%2f..%2fpackage.json',
      '../package.json',
    ]) {
      expect((await app.get(`//docs/${file}`)).statusCode).toBe(404);
    }
  });

  it('send a trailing slash to the page', async () => {
    const response = await app.get('//docs/');
    expect([response.statusCode, response.headers.location]).toEqual([308, '../docs']);
  });

  it('are the same document as JSON and as YAML, with the operations of the repository’s file', async () => {
    const json = await app.get('//docs-json');
    expect(json.headers['content-type']).toBe('application/json; charset=utf-8');
    const document = json.json<{ openapi: string; paths: Record<string, Record<string, { operationId: string }>> }>();
    expect(document.openapi).toBe('3.1.0');
    const served = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(served.sort()).toEqual(operations.map(({ operation }) => operation.operationId).sort());

    const yaml = await app.get('//docs-yaml');
    expect(yaml.headers['content-type']).toBe('application/yaml; charset=utf-8');
    expect(yaml.body).toMatch(/^openapi: "3\.1\.0"\n/);
    const again = await app.get('//docs-yaml', { headers: { 'if-none-match': String(yaml.headers.etag) } });
    expect(again.statusCode).toBe(304);
  });
});
