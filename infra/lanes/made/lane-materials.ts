/** Names of a lane's secrets, whatever its kind, and how those that nobody else makes are made. */
import { randomBytes } from 'node:crypto';
import type { Materials } from '../../../activities/ports/materials.js';
import type { MaterialRef, PairSide } from '../../../domain/pair/topology.js';

const materialNames = {
  ca: 'ca',
  sourceSealToken: 'source.seal-token',
  targetSealToken: 'target.seal-token',
  evidenceToken: 'infra.evidence-token',
  evidencePublicKey: 'infra.evidence.public-key',
  sealControlToken: 'infra.seal-control-token',
  sourceSeeder: 'source.drill-seed.password',
  targetSeeder: 'target.drill-seed.password',
  backup: 'source.drill-backup.password',
  verifier: 'source.drill-verify.password',
  restore: 'target.drill-restore.password',
  trust: 'source.drill-trust.password',
  sourceSetUp: 'source.drill-setup.password',
  targetSetUp: 'target.drill-setup.password',
  sourceAdmin: 'source.demo-admin.password',
  targetAdmin: 'target.demo-admin.password',
  bucketOwnerKey: 'bucket.owner.access-key',
  bucketOwnerSecret: 'bucket.owner.secret-key',
  bucketSourceKey: 'bucket.source.access-key',
  bucketSourceSecret: 'bucket.source.secret-key',
  bucketTargetKey: 'bucket.target.access-key',
  bucketTargetSecret: 'bucket.target.secret-key',
  sourceCa: 'source.ca',
  targetCa: 'target.ca',
  clientsCa: 'clients.ca',
  infraKubeconfig: 'infra.kubeconfig',
  sourceKubeconfig: 'source.kubeconfig',
  targetKubeconfig: 'target.kubeconfig',
} as const;

export type LaneMaterial = keyof typeof materialNames;

export const materialRef = (lane: string, material: LaneMaterial): MaterialRef =>
  `lane:${lane}/${materialNames[material]}`;

/** The token with which each side's server asks Transit. */
export const sealTokenOf = { source: 'sourceSealToken', target: 'targetSealToken' } as const satisfies Record<
  PairSide,
  LaneMaterial
>;

/** Made when the lane is; tokens and the evidence key come later, from infra. */
const generated: readonly LaneMaterial[] = [
  'sourceSeeder',
  'targetSeeder',
  'backup',
  'verifier',
  'restore',
  'trust',
  'bucketOwnerKey',
  'bucketOwnerSecret',
  'bucketSourceKey',
  'bucketSourceSecret',
  'bucketTargetKey',
  'bucketTargetSecret',
];

/** Random passwords and keys; those that are there already are replaced. */
export const generatePasswords = async (lane: string, materials: Materials): Promise<void> => {
  await Promise.all(generated.map((name) => materials.write(materialRef(lane, name), randomBytes(24).toString('hex'))));
};
