import { AppError } from "@plano/errors";

/** What went wrong with a key, an envelope or a token. */
export type CryptoErrorCode =
  | "unsupported-algorithm"
  | "invalid-public-key"
  | "invalid-envelope"
  | "authentication-failed"
  | "invalid-token";

/** A key, an envelope or a token is not what it has to be. The message never holds a secret. */
export class CryptoError extends AppError {
  override readonly name = "CryptoError";
  declare readonly code: CryptoErrorCode;

  constructor(code: CryptoErrorCode, message: string, cause?: unknown) {
    super(message, { code, cause });
  }
}
