import { extension } from "./any.ts";

const loggers = "extensions.access_loggers";

const format = [
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE%',
  "%RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
  '"%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%"',
  '"%UPSTREAM_HOST%" "%UPSTREAM_CLUSTER%" attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
].join(" ");

/**
 * One line for each request, in `FOLDER/NAME.log` or on standard output. Paths have no query: keys may stand in it.
 */
export function accessLog(folder: string | undefined, name: string): object {
  const log_format = { text_format_source: { inline_string: `${withoutQuery(format)}\n` } };
  if (folder === undefined)
    return extension("envoy.access_loggers.stdout", `${loggers}.stream.v3.StdoutAccessLog`, { log_format });
  return extension("envoy.access_loggers.file", `${loggers}.file.v3.FileAccessLog`, {
    path: `${folder}/${name}.log`,
    log_format,
  });
}

function withoutQuery(text: string): string {
  return text.replace("%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%", "%PATH(NQ)%");
}
