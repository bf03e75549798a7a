import type { Command } from "commander";
import type { Context } from "../context.ts";

/** Takes a command's work, whose result becomes the program's exit code. */
export type Perform = (work: Promise<number>) => Promise<void>;

/** A part of the command line: adds commands to a parent. */
export type AddCommands = (parent: Command, context: Context, perform: Perform) => void;
