import { Help, type Option } from "commander";

/** What a help says of an option: for `configureHelp`. A default of nothing goes without saying. */
export function describeOption(option: Option): string {
  const { defaultValue, description } = option;
  const isNothing = defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0);
  return isNothing ? description : new Help().optionDescription(option);
}
