/** Subdivisions by country, as `code=name`: ISO 3166-2 without the country's part. */
const LISTS: Readonly<Record<string, string>> = {
  // States, the federal district, outlying areas, and the three regions of the armed forces' mail (USPS Publication 28, appendix B).
  US: `AL=Alabama;AK=Alaska;AZ=Arizona;AR=Arkansas;CA=California;CO=Colorado;CT=Connecticut;DE=Delaware;DC=District of Columbia;FL=Florida;
    GA=Georgia;HI=Hawaii;ID=Idaho;IL=Illinois;IN=Indiana;IA=Iowa;KS=Kansas;KY=Kentucky;LA=Louisiana;ME=Maine;MD=Maryland;MA=Massachusetts;
    MI=Michigan;MN=Minnesota;MS=Mississippi;MO=Missouri;MT=Montana;NE=Nebraska;NV=Nevada;NH=New Hampshire;NJ=New Jersey;NM=New Mexico;
    NY=New York;NC=North Carolina;ND=North Dakota;OH=Ohio;OK=Oklahoma;OR=Oregon;PA=Pennsylvania;RI=Rhode Island;SC=South Carolina;
    SD=South Dakota;TN=Tennessee;TX=Texas;UT=Utah;VT=Vermont;VA=Virginia;WA=Washington;WV=West Virginia;WI=Wisconsin;WY=Wyoming;
    AS=American Samoa;GU=Guam;MP=Northern Mariana Islands;PR=Puerto Rico;UM=United States Minor Outlying Islands;VI=Virgin Islands, U.S.;
    AA=Armed Forces Americas;AE=Armed Forces Europe;AP=Armed Forces Pacific`,
  CA: `AB=Alberta;BC=British Columbia;MB=Manitoba;NB=New Brunswick;NL=Newfoundland and Labrador;NS=Nova Scotia;NT=Northwest Territories;
    NU=Nunavut;ON=Ontario;PE=Prince Edward Island;QC=Quebec;SK=Saskatchewan;YT=Yukon`,
  AU: `ACT=Australian Capital Territory;NSW=New South Wales;NT=Northern Territory;QLD=Queensland;SA=South Australia;TAS=Tasmania;
    VIC=Victoria;WA=Western Australia`,
  BR: `AC=Acre;AL=Alagoas;AP=Amapá;AM=Amazonas;BA=Bahia;CE=Ceará;DF=Distrito Federal;ES=Espírito Santo;GO=Goiás;MA=Maranhão;
    MT=Mato Grosso;MS=Mato Grosso do Sul;MG=Minas Gerais;PA=Pará;PB=Paraíba;PR=Paraná;PE=Pernambuco;PI=Piauí;RJ=Rio de Janeiro;
    RN=Rio Grande do Norte;RS=Rio Grande do Sul;RO=Rondônia;RR=Roraima;SC=Santa Catarina;SP=São Paulo;SE=Sergipe;TO=Tocantins`,
  MX: `AGU=Aguascalientes;BCN=Baja California;BCS=Baja California Sur;CAM=Campeche;CHP=Chiapas;CHH=Chihuahua;CMX=Ciudad de México;
    COA=Coahuila de Zaragoza;COL=Colima;DUR=Durango;GUA=Guanajuato;GRO=Guerrero;HID=Hidalgo;JAL=Jalisco;MEX=México;
    MIC=Michoacán de Ocampo;MOR=Morelos;NAY=Nayarit;NLE=Nuevo León;OAX=Oaxaca;PUE=Puebla;QUE=Querétaro;ROO=Quintana Roo;
    SLP=San Luis Potosí;SIN=Sinaloa;SON=Sonora;TAB=Tabasco;TAM=Tamaulipas;TLA=Tlaxcala;VER=Veracruz de Ignacio de la Llave;
    YUC=Yucatán;ZAC=Zacatecas`,
  IN: `AN=Andaman and Nicobar Islands;AP=Andhra Pradesh;AR=Arunachal Pradesh;AS=Assam;BR=Bihar;CH=Chandigarh;CG=Chhattisgarh;
    DH=Dadra and Nagar Haveli and Daman and Diu;DL=Delhi;GA=Goa;GJ=Gujarat;HR=Haryana;HP=Himachal Pradesh;JK=Jammu and Kashmir;
    JH=Jharkhand;KA=Karnataka;KL=Kerala;LA=Ladakh;LD=Lakshadweep;MP=Madhya Pradesh;MH=Maharashtra;MN=Manipur;ML=Meghalaya;MZ=Mizoram;
    NL=Nagaland;OD=Odisha;PY=Puducherry;PB=Punjab;RJ=Rajasthan;SK=Sikkim;TN=Tamil Nadu;TS=Telangana;TR=Tripura;UP=Uttar Pradesh;
    UK=Uttarakhand;WB=West Bengal`,
  AE: `AJ=Ajman;AZ=Abu Dhabi;FU=Fujairah;SH=Sharjah;DU=Dubai;RK=Ras al-Khaimah;UQ=Umm al-Quwain`,
};

/** Countries where a region belongs into every address, in a spelling that is not looked up: people write it in their own script. */
const REQUIRED_AS_WRITTEN = new Set(['CN', 'JP']);

/** By country: what a region may be called, folded, and its code. */
const CODES: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries(LISTS).map(([country, list]) => [country, codesOf(list)]),
);

/** True when an address in the country is not complete without a region. */
export function hasRegions(countryCode: string): boolean {
  return CODES.has(countryCode) || REQUIRED_AS_WRITTEN.has(countryCode);
}

/**
 * The region of an address: its ISO 3166-2 code without the country's part, for a code or a name in any case, with or without accents.
 *
 * @returns the text itself where the country's regions are not listed; undefined for what is no region of the country.
 */
export function regionOf(text: string, countryCode: string): string | undefined {
  const codes = CODES.get(countryCode);
  if (!codes) return text;
  const folded = fold(text);
  return codes.get(folded) ?? codes.get(folded.replace(new RegExp(`^${countryCode.toLowerCase()}-`), ''));
}

function codesOf(list: string): Map<string, string> {
  const entries = list.split(';').map((entry) => entry.trim().split('=') as [string, string]);
  return new Map(entries.flatMap(([code, name]) => [[fold(code), code] as const, [fold(name), code] as const]));
}

function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\p{M}'.]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}
