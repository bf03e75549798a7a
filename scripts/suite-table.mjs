// The end-to-end suites in rows, the modes that they ran in as columns.
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/**
 * @typedef {{ testResults: { name: string, assertionResults: { status: string }[] }[] }} Report
 * What vitest writes as JSON.
 */

/**
 * A table of what became of each suite in each mode; a mode whose report is not there has no column.
 * @param {readonly { mode: string, report: string }[]} runs
 */
export function suiteTable(runs) {
  const columns = runs
    .filter(({ report }) => existsSync(report))
    .map(({ mode, report }) => ({ mode, cells: cellsOf(JSON.parse(readFileSync(report, "utf8"))) }));
  const suites = [...new Set(columns.flatMap(({ cells }) => [...cells.keys()]))].sort();
  const rows = suites.map((suite) => [suite, ...columns.map(({ cells }) => cells.get(suite) ?? "–")]);
  return layOut([["suite", ...columns.map(({ mode }) => mode)], ...rows]);
}

/** @param {Report} report @returns {Map<string, string>} */
function cellsOf({ testResults }) {
  return new Map(
    testResults.flatMap(({ name, assertionResults }) => {
      const count = (/** @type {string} */ wanted) =>
        assertionResults.filter(({ status }) => status === wanted).length;
      const [passed, failed] = [count("passed"), count("failed")];
      // A suite without a test of this mode is not one of its suites.
      if (passed + failed === 0 && assertionResults.length > 0) return [];
      const cell = failed > 0 || passed === 0 ? `${failed} failed, ${passed} passed` : `${passed} passed`;
      return [[basename(name, ".test.ts"), cell]];
    }),
  );
}

/** @param {readonly (readonly string[])[]} rows */
function layOut(rows) {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (/** @type {readonly string[]} */ row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return rows.map((row) => `  ${line(row)}\n`).join("");
}
