/** Whether an address, with or without brackets, is one that only its own machine reaches. */
export function isLoopback(address: string): boolean {
  return /^(?:localhost|(?:::ffff:)?127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(address);
}
