import { expect, test } from "vitest";
import { optionsInHelp } from "./completion.ts";

test("options are read out of a help, with what takes a value", () => {
  const help = `Usage: x [options]

Options:
  -V, --version             print the version
  -c, --config-file <path>  the file (default:
                            ~/.config/x.toml)
  --write-config [path]     write one
  --a-very-long-option-that-has-a-line-of-its-own <value>
                            and is told below

Exit codes:
  0  done, as with --help
`;
  expect(optionsInHelp(help)).toEqual([
    { flag: "--version", short: "-V", description: "print the version", takesValue: false },
    { flag: "--config-file", short: "-c", description: "the file", takesValue: true },
    { flag: "--write-config", short: undefined, description: "write one", takesValue: true },
    {
      flag: "--a-very-long-option-that-has-a-line-of-its-own",
      short: undefined,
      description: "",
      takesValue: true,
    },
  ]);
});
