import { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import { type AddressInfo } from 'node:net';
import { connect, rootCertificates } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createCertificateAuthority,
  type CertificateAuthority,
  type CertificateRequest,
  type ServerCertificate,
} from '../../../systems/tls/certificate-authority.js';

const request: CertificateRequest = {
  commonName: 'source',
  dnsNames: ['bao-dr-source.example.com', 'bao-dr.example.com'],
  ipAddresses: ['127.0.0.1', '::1'],
  validDays: 1,
};
const newAuthority = (): Promise<CertificateAuthority> =>
  createCertificateAuthority({ commonName: 'openbao-dr test, lane=one', validDays: 2 });

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

const serve = ({ certificatePem, keyPem }: ServerCertificate): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer({ cert: certificatePem, key: keyPem });
    servers.push(server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
  });

/** 'trusted', or why a client does not trust the server. */
const handshake = (port: number, ca: string, servername?: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', ca, ...(servername !== undefined && { servername }) });
    socket.once('secureConnect', () => resolve('trusted'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => resolve('closed'));
    void socket.once('secureConnect', () => socket.destroy());
  });

describe('a certificate authority', () => {
  it('issues certificates that clients trust for each of their names and addresses', async () => {
    const authority = await newAuthority();
    const port = await serve(await authority.issue(request));
    for (const name of request.dnsNames) expect(await handshake(port, authority.certificatePem, name)).toBe('trusted');
    expect(await handshake(port, authority.certificatePem)).toBe('trusted');
  });

  it('issues certificates that clients refuse for any other name', async () => {
    const authority = await newAuthority();
    const port = await serve(await authority.issue(request));
    const outcome = await handshake(port, authority.certificatePem, 'bao-dr-target.example.com');
    expect(outcome).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('issues certificates that clients refuse once they have expired', async () => {
    const authority = await newAuthority();
    const port = await serve(await authority.issue({ ...request, validDays: -1 / (24 * 60) }));
    expect(await handshake(port, authority.certificatePem, request.dnsNames[0])).toBe('CERT_HAS_EXPIRED');
  });

  it('is trusted by nobody who was not told to', async () => {
    const [authority, namesake] = await Promise.all([newAuthority(), newAuthority()]);
    const port = await serve(await authority.issue(request));
    expect(await handshake(port, namesake.certificatePem, request.dnsNames[0])).not.toBe('trusted');
    expect(await handshake(port, rootCertificates[0]!, request.dnsNames[0])).not.toBe('trusted');
  });

  it('issues server certificates that can issue nothing themselves', async () => {
    const authority = await newAuthority();
    const root = new X509Certificate(authority.certificatePem);
    const server = new X509Certificate((await authority.issue(request)).certificatePem);
    expect([root.ca, server.ca]).toEqual([true, false]);
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(server.checkIssued(root)).toBe(true);
    expect(server.verify(root.publicKey)).toBe(true);
    expect(root.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    expect(root.subject).toBe('CN=openbao-dr test\\, lane=one');
  });

  it('issues certificates that do not outlive it, valid for clocks that are a little slow', async () => {
    const authority = await newAuthority();
    const root = new X509Certificate(authority.certificatePem);
    const server = new X509Certificate((await authority.issue({ ...request, validDays: 365 })).certificatePem);
    expect(server.validTo).toBe(root.validTo);
    for (const { validFrom } of [root, server]) {
      expect(Date.now() - Date.parse(validFrom)).toBeGreaterThanOrEqual(5 * 60_000);
    }
  });

  it('gives every certificate a serial number and a key of its own', async () => {
    const authority = await newAuthority();
    const issued = await Promise.all(Array.from({ length: 5 }, () => authority.issue(request)));
    const serials = issued.map(({ certificatePem }) => new X509Certificate(certificatePem).serialNumber);
    expect(new Set(serials).size).toBe(5);
    expect(serials.every((serial) => /^[4-7][0-9A-F]{31}$/.test(serial))).toBe(true);
    expect(new Set(issued.map(({ keyPem }) => keyPem)).size).toBe(5);
  });
});
