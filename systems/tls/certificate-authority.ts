/** A lane's own certificate authority: made for the lane, trusted only there, its key never written anywhere. */
// @peculiar/x509 does not load without it; it has to come first.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface CertificateAuthorityOptions {
  readonly commonName: string;
  readonly validDays: number;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** Names the server answers to. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** May be a fraction. No certificate outlives its authority. */
  readonly validDays: number;
  /** Whether it also proves who a client is. Default: false. */
  readonly alsoClient?: boolean;
}

export interface ServerCertificate {
  readonly certificatePem: string;
  /** PKCS #8. Secret. */
  readonly keyPem: string;
}

export interface CertificateAuthority {
  readonly certificatePem: string;
  /** Makes a key and a certificate for a TLS server. */
  issue(request: CertificateRequest): Promise<ServerCertificate>;
}

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;
const clockSkewMs = 5 * 60_000;
const dayMs = 24 * 60 * 60_000;

/**
 * Makes an EC P-256 authority that issues server certificates, with the extensions RFC 5280 asks for. Its key is not
 * extractable: once the returned value is gone, so is the authority, and a new certificate takes a new one.
 */
export const createCertificateAuthority = async ({
  commonName,
  validDays,
}: CertificateAuthorityOptions): Promise<CertificateAuthority> => {
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, false, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomSerial(),
      name: nameOf(commonName),
      keys,
      signingAlgorithm,
      ...validity(validDays),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );

  const issue = async (request: CertificateRequest): Promise<ServerCertificate> => {
    const serverKeys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
    const serverCertificate = await x509.X509CertificateGenerator.create(
      {
        serialNumber: randomSerial(),
        subject: nameOf(request.commonName),
        issuer: certificate.subjectName,
        publicKey: serverKeys.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm,
        ...validity(request.validDays, certificate.notAfter),
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([
            x509.ExtendedKeyUsage.serverAuth,
            ...(request.alsoClient === true ? [x509.ExtendedKeyUsage.clientAuth] : []),
          ]),
          new x509.SubjectAlternativeNameExtension([
            ...request.dnsNames.map((value) => ({ type: 'dns' as const, value })),
            ...request.ipAddresses.map((value) => ({ type: 'ip' as const, value })),
          ]),
          await x509.SubjectKeyIdentifierExtension.create(serverKeys.publicKey, false, webcrypto),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        ],
      },
      webcrypto,
    );
    const key = await webcrypto.subtle.exportKey('pkcs8', serverKeys.privateKey);
    return { certificatePem: pem(serverCertificate), keyPem: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n` };
  };

  return { certificatePem: pem(certificate), issue };
};

const pem = (certificate: x509.X509Certificate): string => `${certificate.toString('pem')}\n`;

// The name is passed as attributes, not as text, so that a comma or an equals sign in it has no meaning.
const nameOf = (commonName: string): x509.JsonName => [{ CN: [commonName] }];

/** Starts a little in the past, for the clocks of others. */
const validity = (days: number, latest?: Date): { notBefore: Date; notAfter: Date } => {
  const now = Date.now();
  const notAfter = Math.min(now + days * dayMs, latest?.getTime() ?? Infinity);
  return { notBefore: new Date(now - clockSkewMs), notAfter: new Date(notAfter) };
};

/** 126 random bits in 16 bytes: positive and never zero, as RFC 5280 section 4.1.2.2 wants it. */
const randomSerial = (): string => {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
};
