import { isISO31661Alpha2 } from 'class-validator';
import { InvalidRequestError } from '../../common/errors/request.errors.js';

/** What a VAT id of a country looks like whose rules are not known: the code of the country, and what follows. */
const ANY = /^([A-Z]{2})[A-Z0-9]{2,18}$/;

/**
 * A VAT id in capitals, without blanks and punctuation. Form and check digits are those of the country, where they are known: the European
 * Union, its neighbours, Australia and Brazil. Whether the id has been given to anybody, only the country's register tells.
 *
 * @throws InvalidRequestError (code `vat_id`) naming `/vatId`.
 */
export async function normalisedVatId(text: string): Promise<string> {
  // Loaded by the first id: its tables are not needed for anything else.
  const { default: jsvat } = await import('jsvat-next');
  const id = text.toUpperCase().replace(/[\s./-]/g, '');
  const { isValid, isSupportedCountry } = jsvat.checkVAT(id, jsvat.countries);
  const country = ANY.exec(id)?.[1];
  if (country === undefined || !(isSupportedCountry ? isValid : isISO31661Alpha2(country)))
    throw InvalidRequestError.of('/vatId', 'vat_id', 'must be a VAT id that begins with the code of its country');
  return id;
}
