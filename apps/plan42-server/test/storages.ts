import type { Storage } from "../src/services/create-services.ts";
import { embeddedStorage, removeStorage } from "./harness.ts";
import { findPostgres, startPostgres } from "./postgres.ts";

/** A database of a test file's own. */
export interface TestStorage {
  readonly storage: Storage;
  remove(): Promise<void>;
}

interface StorageKind {
  readonly kind: string;
  /** Whether this machine has it. */
  readonly isHere: boolean;
  open(): Promise<TestStorage>;
}

const programs = findPostgres();

/** Every kind of database that the server keeps its data in, for `describe.each`. */
export const storageKinds: readonly StorageKind[] = [
  {
    kind: "embedded database",
    isHere: true,
    open: async () => {
      const storage = embeddedStorage();
      return { storage, remove: async () => removeStorage(storage) };
    },
  },
  {
    kind: "Postgres",
    isHere: programs !== undefined,
    open: async () => {
      const postgres = await startPostgres(programs ?? "");
      return { storage: { kind: "postgres", url: postgres.url }, remove: () => postgres.stop() };
    },
  },
];
