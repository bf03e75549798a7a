/** A message of Envoy's API with the name of its type, below `envoy.` or in full. */
export function typed(type: string, fields: Readonly<Record<string, unknown>> = {}): object {
  const name = type.startsWith("google.") ? type : `envoy.${type}`;
  return { "@type": `type.googleapis.com/${name}`, ...fields };
}

/** One of a list of extensions. */
export function extension(name: string, type: string, fields: Readonly<Record<string, unknown>> = {}) {
  return { name, typed_config: typed(type, fields) };
}

/** An address of Envoy's. */
export function socketAddress({ address, port }: { readonly address: string; readonly port: number }) {
  return { socket_address: { address: address.replace(/^\[|\]$/g, ""), port_value: port } };
}

/** Where Envoy gets a part of its configuration: a file that it reads again when another takes its place. */
export function watchedFile(path: string) {
  return { resource_api_version: "V3", path_config_source: { path } };
}
