import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from "node:crypto";

/** A certificate for 127.0.0.1 and localhost, valid for a day around now. PEM texts. */
export interface Certificates {
  /** Who issued it: what a client has to trust. */
  readonly authority: string;
  readonly certificate: string;
  /** Private key of the certificate. */
  readonly key: string;
}

/** Makes up an authority and has it issue a certificate. */
export function createCertificates(now: Date = new Date()): Certificates {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const server = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const shared = { issuer: "stand-in authority", signer: authority.privateKey, now };
  const isAuthority = extension("551d13", sequence(der(0x01, Buffer.from([0xff]))));
  const isServer = extension("551d13", sequence());
  const names = extension(
    "551d11",
    sequence(der(0x87, Buffer.from([127, 0, 0, 1])), der(0x82, Buffer.from("localhost"))),
  );
  return {
    authority: issue({
      ...shared,
      subject: shared.issuer,
      publicKey: authority.publicKey,
      extensions: [isAuthority],
    }),
    certificate: issue({
      ...shared,
      subject: "127.0.0.1",
      publicKey: server.publicKey,
      extensions: [isServer, names],
    }),
    key: server.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

interface Statement {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly now: Date;
}

/** An X.509 version 3 certificate (RFC 5280, section 4.1) as PEM. */
function issue({ subject, issuer, publicKey, signer, extensions, now }: Statement): string {
  const ecdsaWithSha256 = sequence(objectId("2a8648ce3d040302"));
  const hours = (count: number) => new Date(now.getTime() + count * 3_600_000);
  const statement = sequence(
    der(0xa0, integer(2)),
    integer(subject === issuer ? 1 : 2),
    ecdsaWithSha256,
    name(issuer),
    sequence(time(hours(-12)), time(hours(12))),
    name(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", statement, signer));
  return new X509Certificate(sequence(statement, ecdsaWithSha256, signature)).toString();
}

/** Tag, length and content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  const { length } = bytes;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), bytes]);
}

function sequence(...content: readonly Buffer[]): Buffer {
  return der(0x30, ...content);
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.from([value]));
}

/** `encoded` in hexadecimal digits. */
function objectId(encoded: string): Buffer {
  return der(0x06, Buffer.from(encoded, "hex"));
}

/** A name that is a common name only. */
function name(text: string): Buffer {
  return sequence(der(0x31, sequence(objectId("550403"), der(0x0c, Buffer.from(text)))));
}

function time(when: Date): Buffer {
  const digits = when.toISOString().replace(/\D/g, "").slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

/** A critical extension. */
function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), der(0x01, Buffer.from([0xff])), der(0x04, value));
}
