// Changes of the configuration file, apart from what reads it: the daemon needs none of this.
export { parseKey } from "./config/document.ts";
export { type ConfigEdit, editConfig } from "./config/edit-config.ts";
export { redactConfig } from "./config/redact-config.ts";
export { isTomlText, type SaveConfigOptions, type SavedConfig, saveConfig } from "./config/save-config.ts";
export { type ConfigValue, parseValue } from "./config/values.ts";
export { withLines } from "./config/with-lines.ts";
