import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { PasskeyDescriptor, PasskeyKey } from './passkeys.repository.js';
import type { RelyingParty } from './relying-party.js';
import type { CreationOptionsDto, RequestOptionsDto } from './dto/passkey-response.dto.js';

/** How long a client may take to answer options. */
export const PASSKEY_SECONDS = 300;

/** What nearly every authenticator has, the shortest first: ES256, EdDSA and RS256 in the registry of COSE. */
const ALGORITHMS = [-7, -8, -257];
/** WebAuthn section 7.1, step 25. */
const LONGEST_CREDENTIAL_ID = 1023;

/** A credential that answered its registration options. */
export interface NewCredential {
  credentialId: Buffer;
  publicKey: Buffer;
  signCount: number;
  transports: string[];
  isBackedUp: boolean;
}

/** An assertion that answered its options, and what the authenticator said beside. */
export interface Assertion {
  signCount: number;
  isBackedUp: boolean;
}

/** Why a credential was not accepted. The text may quote what the client sent. */
export class WebauthnRefusal extends Error {}

/** Loaded when the first passkey asks for it: it brings a library of certificates along, which the start is not to wait for. */
const webauthn = () => import('@simplewebauthn/server');
const webauthnHelpers = () => import('@simplewebauthn/server/helpers');

/** Options for making a passkey of a user. The user verifies themselves to the authenticator, so that it is two factors in one. */
export async function creationOptions(
  party: RelyingParty,
  user: { id: string; email: string; name: string | null },
  existing: readonly PasskeyDescriptor[],
): Promise<CreationOptionsDto> {
  const { generateRegistrationOptions } = await webauthn();
  return (await generateRegistrationOptions({
    rpID: party.id,
    rpName: party.name,
    userID: userHandleOf(user.id),
    userName: user.email,
    userDisplayName: user.name ?? user.email,
    timeout: PASSKEY_SECONDS * 1000,
    attestationType: 'none',
    excludeCredentials: existing.map(described),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  })) as CreationOptionsDto;
}

/** Options for using a passkey: any that the user has for us, or one of `allowed`. */
export async function requestOptions(
  party: RelyingParty,
  allowed?: readonly PasskeyDescriptor[],
): Promise<RequestOptionsDto> {
  const { generateAuthenticationOptions } = await webauthn();
  return (await generateAuthenticationOptions({
    rpID: party.id,
    timeout: PASSKEY_SECONDS * 1000,
    userVerification: 'required',
    allowCredentials: allowed?.map(described),
  })) as RequestOptionsDto;
}

/** Checks a new credential by WebAuthn section 7.1. @throws WebauthnRefusal */
export async function checkedRegistration(
  party: RelyingParty,
  challenge: string,
  response: RegistrationResponseJSON,
): Promise<NewCredential> {
  const { verifyRegistrationResponse } = await webauthn();
  const { registrationInfo } = await refusing(async () => {
    await refuseAttestation(response);
    return verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: party.origins,
      expectedRPID: party.id,
      supportedAlgorithmIDs: ALGORITHMS,
    });
  });
  if (!registrationInfo) throw new WebauthnRefusal('The attestation is not signed by the new key');
  const { credential, credentialBackedUp: isBackedUp } = registrationInfo;
  const credentialId = Buffer.from(credential.id, 'base64url');
  if (credentialId.length > LONGEST_CREDENTIAL_ID) throw new WebauthnRefusal('The credential id is too long');
  const { counter: signCount, transports = [] } = credential;
  return { credentialId, publicKey: Buffer.from(credential.publicKey), signCount, transports, isBackedUp };
}

/**
 * Checks the use of a passkey by WebAuthn section 7.2, but for its count.
 *
 * That is compared by whoever stores it: a count that falls tells of a copy only once the signature is known to be right.
 *
 * @throws WebauthnRefusal
 */
export async function checkedAssertion(
  party: RelyingParty,
  challenge: string,
  response: AuthenticationResponseJSON,
  { userId, publicKey }: PasskeyKey,
): Promise<Assertion> {
  const { userHandle } = response.response;
  if (userHandle && !Buffer.from(userHandle, 'base64url').equals(userHandleOf(userId)))
    throw new WebauthnRefusal('The user handle is that of another user');
  const { verifyAuthenticationResponse } = await webauthn();
  const { verified, authenticationInfo } = await refusing(() =>
    verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: party.origins,
      expectedRPID: party.id,
      credential: { id: response.id, publicKey: new Uint8Array(publicKey), counter: 0 },
    }),
  );
  if (!verified) throw new WebauthnRefusal('The signature is wrong');
  return { signCount: authenticationInfo.newCounter, isBackedUp: authenticationInfo.credentialBackedUp };
}

/** The bytes of the user's id: an opaque handle that says nothing about the person (WebAuthn section 14.6.1). */
function userHandleOf(userId: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(userId.replaceAll('-', ''), 'hex'));
}

function described({ credentialId, transports }: PasskeyDescriptor): { id: string; transports: string[] } {
  return { id: credentialId.toString('base64url'), transports };
}

/**
 * Lets pass what a client answers who was asked for no attestation: none, or one that the new key signs itself (WebAuthn section 5.1.3).
 * Others carry certificates, and checking these may fetch lists of revoked ones from wherever they name.
 */
async function refuseAttestation(response: RegistrationResponseJSON): Promise<void> {
  const { decodeAttestationObject, isoBase64URL } = await webauthnHelpers();
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.response.attestationObject));
  const format = attestation.get('fmt');
  const isSelfSigned = format === 'packed' && attestation.get('attStmt').get('x5c') === undefined;
  if (format !== 'none' && !isSelfSigned) throw new WebauthnRefusal('An attestation was not asked for');
}

/** Nothing but parsing and arithmetic happens inside, so whatever is raised there is a finding about the input. */
async function refusing<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    throw new WebauthnRefusal(error instanceof Error ? error.message : String(error));
  }
}
