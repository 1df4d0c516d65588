/** A certificate for loopback, made on the spot: Node can sign, but has no maker of certificates, so its few bytes of DER are written here. */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface Certificate {
  /** PEM; signed by itself, so that it is also the authority to trust. */
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** DNS name it is for, beside 127.0.0.1. `only`: for that name and no address. */
  readonly dnsName?: string;
  readonly addresses?: readonly (readonly [number, number, number, number])[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const id = { commonName: "550403", ecdsaSha256: "2a8648ce3d040302", basicConstraints: "551d13", subjectAltName: "551d11" } as const;

/** RFC 5280: a version 3 certificate with an EC P-256 key. */
export function selfSigned({ dnsName = "localhost", addresses = [[127, 0, 0, 1]], notBefore, notAfter }: CertificateOptions): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const algorithm = sequence(oid(id.ecdsaSha256));
  const name = sequence(der(0x31, sequence(oid(id.commonName), der(0x0c, Buffer.from("embedded cluster")))));
  const names = sequence(der(0x82, Buffer.from(dnsName)), ...addresses.map((address) => der(0x87, Buffer.from(address))));
  const serial = randomBytes(8);
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40);
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name,
    sequence(generalizedTime(notBefore), generalizedTime(notAfter)),
    name,
    publicKey.export({ format: "der", type: "spki" }),
    der(0xa3, sequence(extension(id.basicConstraints, sequence(der(0x01, Buffer.from([0xff])))), extension(id.subjectAltName, names))),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", body, privateKey)]));
  return { cert: pem(sequence(body, algorithm, signature)), key: privateKey.export({ format: "pem", type: "pkcs8" }).toString() };
}

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const extension = (hex: string, value: Buffer): Buffer => sequence(oid(hex), der(0x04, value));
const generalizedTime = (date: Date): Buffer => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/gu, "")));

function pem(bytes: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64").replace(/.{64}/gu, "$&\n")}\n-----END CERTIFICATE-----\n`;
}
