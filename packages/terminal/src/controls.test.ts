import { expect, test } from "vitest";
import { oneLine, showControls } from "./controls.ts";

const title = "\u001b]0;owned\u0007";
const clear = "\u001b[2J\u001b[H";

test("what would take over a terminal is shown as signs; colours and lines stay", () => {
  const red = "\u001b[1;31mred\u001b[0m";
  expect(showControls(`${red}\tone\ntwo é 日`)).toBe(`${red}\tone\ntwo é 日`);
  expect(showControls(title)).toBe("␛]0;owned␇");
  expect(showControls(clear)).toBe("␛[2J␛[H");
  expect(showControls("50%\rowned\b\u007f\u009b31mx")).toBe("50%␍owned␈␡\ufffd31mx");
});

test("one line stays one, without colours", () => {
  expect(oneLine(`a\nb\r\n\tc ${title}\u001b[31mx`)).toBe("a b c  ]0;owned [31mx");
});
