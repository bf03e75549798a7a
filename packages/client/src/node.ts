// What needs Node: not for browsers.
export { createNodeTransport, type NodeTransport, proxySettings } from "./node-transport.ts";
export { readAuthorities } from "./read-authorities.ts";
