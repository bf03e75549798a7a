import { expect, test } from "vitest";
import { takePieces } from "./pieces.ts";

function piecesOf(line: string, chunk = line.length): string[] {
  const pieces: string[] = [];
  let rest = "";
  for (let start = 0; start < line.length; start += chunk) {
    rest = takePieces(rest + line.slice(start, start + chunk), (piece) => pieces.push(piece));
  }
  return [...pieces, rest];
}

test("a line of 64 Ki characters is whole", () => {
  expect(piecesOf("x".repeat(65_536))).toHaveLength(1);
  expect(piecesOf("x".repeat(65_537)).map(({ length }) => length)).toEqual([65_526, 11]);
});

test("no piece ends inside what was redacted or a character, however the line comes", () => {
  const before = "x".repeat(65_520);
  for (const [line, lengths] of [
    [`${before}[REDACTED]${before}`, [65_520, 65_530]],
    [`${"x".repeat(65_525)}😀${"x".repeat(20)}`, [65_525, 22]],
    ["[REDACTED]".repeat(10_000), [65_520, 34_480]],
  ] as const) {
    const pieces = piecesOf(line);
    expect(pieces.map(({ length }) => length)).toEqual(lengths);
    expect(pieces.join("")).toBe(line);
    expect(piecesOf(line, 7)).toEqual(pieces);
  }
});
