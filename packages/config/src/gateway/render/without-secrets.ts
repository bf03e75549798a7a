import { isScalar, parseAllDocuments, visit } from "yaml";
import { looksSecret } from "../display-value.ts";
import { secretTexts } from "../effective.ts";
import type { CompleteConfig } from "../generated/complete-config.ts";

/** Reads as what it is, and is a reference to nothing: a data plane that is given it says so. */
const hidden = "$hidden";

export interface Hidden {
  readonly text: string;
  /** How many values are hidden. */
  readonly count: number;
}

/** A rendered configuration, made of `complete`, without the secrets that are written out in it. */
export function withoutSecrets(rendered: string, complete: CompleteConfig): Hidden {
  const secrets = secretTexts(complete);
  const documents = parseAllDocuments(rendered, { version: "1.1" });
  let count = 0;
  for (const document of documents) {
    visit(document, {
      Scalar: (key, node) => {
        if (key === "key" || !isScalar<unknown>(node) || typeof node.value !== "string") return;
        if (!secrets.has(node.value) && !looksSecret(node.value)) return;
        node.value = hidden;
        count += 1;
      },
    });
  }
  if (count === 0) return { text: rendered, count };
  return { text: documents.map((document) => document.toString({ lineWidth: 0 })).join(""), count };
}
