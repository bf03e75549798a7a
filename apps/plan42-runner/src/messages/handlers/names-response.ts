import { AppError } from "@plano/errors";

/** A page of names, in the form of all responses that list some. */
export interface NamesResponse<Type extends string> {
  readonly Type: Type;
  readonly Items: string[];
  readonly NextToken: string | null;
  readonly ErrorMessage: string | null;
}

/** What a request found: names, and the token of the next page. */
export interface Names {
  readonly items: readonly string[];
  readonly nextToken: string | undefined;
}

/** The response with what `find` finds, or with the message of the error that it ends with. */
export async function namesResponse<Type extends string>(
  type: Type,
  find: () => Promise<Names>,
): Promise<NamesResponse<Type> & { Items: string[] }> {
  try {
    const { items, nextToken } = await find();
    return { Type: type, Items: [...items], NextToken: nextToken ?? null, ErrorMessage: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { Type: type, Items: [], NextToken: null, ErrorMessage: error.message };
  }
}
