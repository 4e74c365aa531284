/** Content-Security-Policy for showing the HTML of a mail: its own styles, and nothing else: no script, no forms, no place of origin. */
export const MAIL_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox allow-popups";
