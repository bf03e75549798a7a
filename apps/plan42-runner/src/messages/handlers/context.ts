import type { Github } from "@plano/github";
import type { RequestOf } from "@plano/protocol";

/** What handlers may use. */
export interface HandlerContext {
  /** The GitHub behind a connection. Throws an `AppError` that says why there is none. */
  github(connectionId: string): Github;
  /** Takes a job on; resolves to the reason if it is refused. */
  acceptJob(request: RequestOf<"InvokeAgentRequest">): Promise<string | undefined>;
}
