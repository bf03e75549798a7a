import type { EndpointName, QueryOf, ResultOf } from "@plano/protocol";
import type { Arguments, Client } from "./client.ts";
import { UnexpectedAnswerError } from "./errors.ts";

/** Names of the endpoints that answer in pages. */
export type ListName = {
  [Name in EndpointName]: ResultOf<Name> extends { Items: unknown[]; NextToken?: string | undefined }
    ? Name
    : never;
}[EndpointName];
type ItemOf<Name extends ListName> = ResultOf<Name> extends { Items: (infer Item)[] } ? Item : never;

/** All items of a list, page by page as they are asked for. */
export async function* listItems<Name extends ListName>(
  client: Client,
  name: Name,
  input: Arguments<Name>,
): AsyncGenerator<ItemOf<Name>, void, undefined> {
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const query: object = "query" in input && input.query ? input.query : {};
    const paged = { ...query, ...(token !== undefined && { token }) } as unknown as QueryOf<Name>;
    const page = (await client.call(name, { ...input, query: paged })) as {
      Items: ItemOf<Name>[];
      NextToken?: string;
    };
    yield* page.Items;
    token = page.NextToken || undefined;
    if (token !== undefined && seen.has(token)) {
      throw new UnexpectedAnswerError(name, "its pages go round in a circle");
    }
    if (token !== undefined) seen.add(token);
  } while (token !== undefined);
}
