import { createHash } from 'node:crypto';
import { KnownFailure } from '../../domain/known-failure.js';
import type { Materials } from '../ports/materials.js';
import type { ReportEvidence } from '../../domain/report/report.js';
import type { EvidenceKey } from '../../domain/pair/topology.js';
import { signEvidence, verifyEvidence } from '../../systems/openbao/api/evidence-key.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface SignReportInput {
  readonly evidence: EvidenceKey;
  /** The report as canonical JSON, without its signature: the signature covers its UTF-8 bytes. */
  readonly canonical: string;
}

interface SignReportPorts extends Pick<ActivityPorts, 'sites'> {
  readonly materials: Pick<Materials, 'read'>;
}

/**
 * Signs the report with the lane's signing key, and verifies the signature with the public key that was kept when the lane was
 * made: a report that readers could not verify is not handed out. Safe to repeat: Ed25519 is deterministic.
 *
 * @throws KnownFailure `EvidenceKeyChanged`: today's key is not the one that was kept.
 * @throws KnownFailure `EvidenceKeyUnusable`, or as a session does.
 */
export const createSignReport = ({ sites, materials }: SignReportPorts) =>
  async function signReport({ evidence, canonical }: SignReportInput): Promise<ReportEvidence> {
    const [openbao, token, publicKeyPem] = await Promise.all([
      sites.at(evidence),
      materials.read(evidence.token),
      materials.read(evidence.publicKey),
    ]);
    const session = openbao.useToken(token);
    // Renew the token: nothing else does, and a lane may outlive it. A failure is harmless to this signature.
    await session.write('auth/token/renew-self', {}).catch(() => undefined);
    const bytes = Buffer.from(canonical);
    const { signature, keyVersion } = await signEvidence(session, evidence, bytes);
    if (!verifyEvidence({ bytes, signature, publicKeyPem })) throw keyChanged(evidence.keyName, keyVersion);
    return {
      sha256: createHash('sha256').update(bytes).digest('hex'),
      signature,
      publicKey: publicKeyPem,
      algorithm: 'ed25519',
      keyName: evidence.keyName,
      keyVersion,
    };
  };

const keyChanged = (keyName: string, keyVersion: number): KnownFailure =>
  new KnownFailure(
    'EvidenceKeyChanged',
    'The evidence key that signs today is not the one whose public half was kept with the lane: ' +
      'find out who rotated or replaced it, then build the lane anew.',
    { facts: { keyName, keyVersion } },
  );
