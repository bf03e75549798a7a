import type { BodyOf, EndpointName, endpoints, PathOf, QueryOf, ResultOf } from "@plano/protocol";
import type { Principal } from "../auth/principal.ts";

/** A call that was understood and is allowed. */
interface Call<Name extends EndpointName> {
  readonly principal: Principal;
  /** Unescaped. */
  readonly path: PathOf<Name>;
  readonly query: QueryOf<Name>;
  readonly body: BodyOf<Name>;
  /** The version that the client knows; present where the endpoint requires one. */
  readonly ifMatch: (typeof endpoints)[Name] extends { readonly ifMatch: "required" }
    ? number
    : number | undefined;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  readonly header: (name: string) => string | undefined;
}

/** Does the work of an endpoint. A Response is sent as it is; anything else becomes the body of success. */
type Handler<Name extends EndpointName> = (
  call: Call<Name>,
) => Promise<(typeof endpoints)[Name] extends { readonly isStream: true } ? Response : ResultOf<Name>>;

/** One handler for each endpoint: a map that lacks one does not compile. */
export type Handlers = { readonly [Name in EndpointName]: Handler<Name> };

/** The handlers of some of the endpoints. */
export type HandlersFor<Name extends EndpointName> = Pick<Handlers, Name>;
