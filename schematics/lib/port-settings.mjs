/** The two settings of a company that is talked to by HTTP: a secret, without which it is not offered, and an address. */
export function settingsOf({ Title, KEY, URL, name, what }) {
  return {
    names: [KEY, URL],
    // As prettier writes it: what is taken out again is looked for as it stands.
    members: `/** Secret for the API of ${Title}, which ${what} where it is set. */
  @MayBeAbsent()
  @IsString()
  ${KEY}?: string;

  /** Where the API of ${Title} is. */
  @IsAddress(['http', 'https'])
  ${URL} = 'https://api.${name}.example';`,
    example: `#${KEY}=change-me   # ${Title} ${what}\n#${URL}=https://api.${name}.example\n`,
  };
}
