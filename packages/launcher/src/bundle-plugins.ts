import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";

/**
 * Leaves out big parts of libraries that no program uses: dockerode's BuildKit and engines behind SSH, zod's
 * languages, ink's tools for developers, and of undici the browser's interfaces, mocks, caches and HTTP/2.
 */
export const withoutUnused: Plugin = {
  name: "without-unused",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(\.\/session|\.\/buildkit|ssh2)$/ }, ({ path, importer }) =>
      /docker(ode|-modem)\/lib\//.test(importer) ? { path, namespace: "unused" } : undefined,
    );
    // Messages in forty languages, half of all the code; the English ones are loaded apart from these.
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, importer }) =>
      /\/zod\//.test(importer) ? { path, namespace: "unused" } : undefined,
    );
    onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: "unused" }));
    onResolve(
      { filter: /\/(web|mock|interceptor|cache)\/|\/(client-h2|h2c-client|socks5-)/ },
      ({ path, importer }) => (/\/undici\//.test(importer) ? { path, namespace: "unused" } : undefined),
    );
    // Whatever is taken out of them is an empty class, since some are made or extended at the start.
    onLoad({ filter: /.*/, namespace: "unused" }, () => ({
      contents: "module.exports = new Proxy({}, { get: () => class {} });",
    }));
  },
};

/**
 * An import of node:http as an ES module makes Node load its own fetch and WebSocket, which are among the
 * module's exports: four megabytes, and a third of the start. By require they are loaded when they are used.
 */
export const httpByRequire: Plugin = {
  name: "http-by-require",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:http$/ }, ({ path, kind }) =>
      kind === "require-call" ? undefined : { path, namespace: "by-require" },
    );
    onLoad({ filter: /.*/, namespace: "by-require" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * Ink's layout reads the code that it carries along by fetch, if there is one, and Node's own takes longer to load
 * than the code. Without one it decodes the text itself.
 */
export const layoutWithoutFetch: Plugin = {
  name: "layout-without-fetch",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/yoga-layout\/.*base64.*\.js$/ }, ({ path }) => ({
      contents: `const fetch = undefined;\n${readFileSync(path, "utf8")}`,
    }));
  },
};
