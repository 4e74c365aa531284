/** A message as people see it; the HTML and the text say the same. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What stands in a message, in its order: plain text throughout, which the layouts escape as they need it. */
export interface MailView {
  /** BCP 47. */
  readonly locale: string;
  readonly shop: string;
  readonly shopUrl: string;
  readonly subject: string;
  /** What the list of mails shows beside the subject. */
  readonly preview: string;
  /** Empty when the message has none. */
  readonly greeting: string;
  readonly paragraphs: readonly string[];
  readonly rows: readonly { readonly label: string; readonly value: string }[];
  readonly action: MailAction | null;
  readonly notes: readonly string[];
  readonly signature: string;
}

/** What the reader is to do: a link, and the token in it, if any, by itself for those who use the API. */
export interface MailAction {
  readonly label: string;
  readonly url: string;
  readonly codeHint: string;
  readonly token: string | null;
}
