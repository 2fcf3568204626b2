/** Gives infra's server what a lane needs of it: Transit, a key for each use, and for each user of a key a token of its own. */
import { join } from 'node:path';
import type { Materials } from '../../../../activities/ports/materials.js';
import { baseline, type PairSide } from '../../../../domain/pair/topology.js';
import { writePrivateFile } from '../../../../systems/files/private-file.js';
import type { OpenBaoSession } from '../../../../systems/openbao/api/client.js';
import { publicKeyFingerprint, readEvidencePublicKey } from '../../../../systems/openbao/api/evidence-key.js';
import { settleAll } from '../../../../systems/waiting/settle-all.js';
import { type LaneMaterial, materialRef, sealTokenOf } from '../lane-materials.js';
import { looksAfterItself, type Rules, writePolicy } from './policies.js';

/** Transit mount on infra. */
export const transitMount = 'transit';

const tokenPeriod = '768h';

export interface InfraSetUp {
  readonly lane: string;
  readonly materials: Materials;
  /** Name of each side's seal key. */
  readonly sealKeys: Readonly<Record<PairSide, string>>;
  /** Folder for the public halves of evidence keys, which outlives the lane. */
  readonly evidenceKeys: string;
}

/** @param root a session that may do everything. The tokens it makes are written to the lane's materials. */
export const setUpInfra = async (setUp: InfraSetUp, root: OpenBaoSession): Promise<void> => {
  const { lane, materials, sealKeys } = setUp;
  await root.write(`sys/mounts/${transitMount}`, { type: 'transit' });
  const makeSealKey = (key: string): Promise<unknown> => root.write(`${transitMount}/keys/${key}`, {});
  const giveSealToken = async (policy: string, key: string, as: LaneMaterial): Promise<void> =>
    materials.write(materialRef(lane, as), await makeToken(root, policy, sealRules(key)));
  await settleAll([
    ...[...new Set([sealKeys.source, sealKeys.target, baseline.sealControlKey])].map(makeSealKey),
    giveSealToken('source-seal', sealKeys.source, sealTokenOf.source),
    giveSealToken('target-seal', sealKeys.target, sealTokenOf.target),
    giveSealToken(baseline.sealControlKey, baseline.sealControlKey, 'sealControlToken'),
    setUpEvidenceKey(setUp, root),
  ]);
};

/** May encrypt and decrypt with one key, and nothing else. */
const sealRules = (key: string): Rules => ({
  [`${transitMount}/encrypt/${key}`]: ['update'],
  [`${transitMount}/decrypt/${key}`]: ['update'],
  ...looksAfterItself,
});

/** Its public half is kept twice: for the lane, and beside the reports, which are to be verified when the lane is gone. */
const setUpEvidenceKey = async ({ lane, materials, evidenceKeys }: InfraSetUp, root: OpenBaoSession): Promise<void> => {
  const key = { mountPath: transitMount, keyName: baseline.evidenceKey };
  await root.write(`${key.mountPath}/keys/${key.keyName}`, { type: 'ed25519' });
  const token = await makeToken(root, key.keyName, {
    [`${key.mountPath}/sign/${key.keyName}`]: ['update'],
    ...looksAfterItself,
  });
  await materials.write(materialRef(lane, 'evidenceToken'), token);
  const publicKeyPem = await readEvidencePublicKey(root, key);
  await materials.write(materialRef(lane, 'evidencePublicKey'), publicKeyPem);
  const file = `${lane}-${publicKeyFingerprint(publicKeyPem).slice(0, 16)}.pem`;
  await writePrivateFile(join(evidenceKeys, file), publicKeyPem);
};

const makeToken = async (root: OpenBaoSession, policy: string, rules: Rules): Promise<string> => {
  await writePolicy(root, policy, rules);
  return root.createOrphanToken({ policies: [policy], period: tokenPeriod, displayName: policy });
};
