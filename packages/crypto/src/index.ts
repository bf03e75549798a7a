export { CryptoError, type CryptoErrorCode } from "./crypto-error.ts";
export { type Envelope, openEnvelope, sealEnvelope } from "./envelope.ts";
export {
  generateKeyPair,
  type KeyPair,
  type KeyType,
  type PublicKey,
  publicKeyFromPem,
  publicKeyToPem,
} from "./keys.ts";
export {
  isSameRunner,
  type ParsedToken,
  parseRunnerToken,
  parseToken,
  type RunnerToken,
  signatureHash,
  type TokenClaims,
  tokenPrefixes,
} from "./token.ts";
