/**
 * Content-Security-Policy for showing the HTML of a mail: its own styles, and nothing else: no script, no forms, no place of origin. Links
 * open in pages of their own, which are free again.
 */
export const MAIL_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";
