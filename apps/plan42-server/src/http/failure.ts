import { type ErrorBody, errorTypes } from "@plano/protocol";

export interface FailureDetails {
  /** With a 409: the kind of the object in the way, and the object. */
  readonly current?: { readonly type: string; readonly object: object };
  /** Seconds after which the client may come back. */
  readonly retryAfter?: number;
}

/** A call that ends with an error answer. The message goes to the client. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly status: number;
  readonly errorType: string;
  readonly details: FailureDetails;

  constructor(status: number, errorType: string, message: string, details: FailureDetails = {}) {
    super(message);
    this.status = status;
    this.errorType = errorType;
    this.details = details;
  }

  /** The answer's body. */
  get body(): ErrorBody {
    const { current } = this.details;
    return {
      ResponseCode: this.status,
      Message: this.message,
      ErrorType: this.errorType,
      ...(current && { CurrentType: current.type, Current: current.object }),
    };
  }
}

export const badRequest = (message: string) => new Failure(400, errorTypes.badRequest, message);
export const unauthorized = (message: string) => new Failure(401, errorTypes.unauthorized, message);
export const forbidden = (message: string) => new Failure(403, errorTypes.forbidden, message);
export const notFound = (what: string) => new Failure(404, errorTypes.notFound, `no such ${what}`);
export const tooLarge = (message: string) => new Failure(413, errorTypes.tooLarge, message);

/** A 409 that shows the object in the way. */
export function conflict(
  message: string,
  type: string,
  object: object,
  errorType: string = errorTypes.conflict,
) {
  return new Failure(409, errorType, message, { current: { type, object } });
}
