/** A k3d lane: three Kubernetes clusters, made part by part or adopted, with an OpenBao operator beside source and target. */
import type { z } from 'zod';
import type { Immutable } from '../immutable.js';
import type { PlanFields } from '../plan-fields.js';

/** Parts that a k3d lane can reuse instead of making them. */
export const adoptableParts = ['clusters', 'gateway', 'operator'] as const;
export type AdoptablePart = (typeof adoptableParts)[number];

const stages = [
  ['network'],
  ['storage', 'cluster-infra', 'cluster-source', 'cluster-target'],
  ['gateway-infra', 'gateway-source', 'gateway-target', 'gateway-clients'],
  ['transit', 'operator-source', 'operator-target'],
  ['secrets-source', 'secrets-target'],
  ['openbao-source', 'openbao-target'],
] as const;

const options = ({ z, sealKey, version, image }: PlanFields) =>
  z
    .strictObject({
      /** Parts that the lane reuses instead of making them. */
      adopt: z.array(z.enum(adoptableParts)).max(adoptableParts.length).default([]),
      /** Transit key that seals the target. Another key than the source's rehearses a pair that cannot recover. */
      targetSealKey: sealKey,
      /** Version of both sides' OpenBao, like "2.7.2": the tag of its image. */
      openbaoVersion: version.default('2.7.2'),
      /** Version of the operator and of its chart. */
      operatorVersion: version.default('0.5.1'),
      /** Images in place of the published ones: `jobs` for backup and restore Jobs, `init` for the operator's init container. */
      images: z.strictObject({ jobs: image, init: image, traefik: image, openbao: image }).partial().prefault({}),
      /** The place of the bucket's server: a RustFS container on the clusters' network, or a process on this machine. */
      storage: z.enum(['container', 'process']).default('container'),
      /** This machine's address as pods reach it. Default: the gateway of the clusters' Docker network. */
      hostAddress: z.ipv4('is not an IPv4 address').optional(),
      /** The address at which pods reach infra's Transit. */
      transitAddress: z
        .string()
        .regex(/^https:\/\/[a-z0-9.-]+(:\d{1,5})?$/, 'is not an address like "https://host.k3d.internal"')
        .default('https://host.k3d.internal'),
    })
    .refine(({ adopt, hostAddress }) => !adopt.includes('clusters') || hostAddress !== undefined, {
      path: ['hostAddress'],
      message: 'is missing: with existing clusters, only you know the address at which their pods reach this machine',
    });

/** Policies of a run on the lane, which leave the lane itself unchanged. */
const policies = ({ z, reason }: PlanFields) => ({
  /** The operator is asked to force the restore: OpenBao then does not check its seal. Default: it is not asked. */
  breakGlass: z.strictObject({ reason }).optional(),
});

const section = (fields: PlanFields) => options(fields).safeExtend(policies(fields));

export const k3d = { stages, options, section } as const;

export type K3dLaneOptions = Immutable<z.output<ReturnType<typeof options>>>;
/** A plan's section for a k3d lane: the lane's options and the run's policies. */
export type K3dPlan = Immutable<z.output<ReturnType<typeof section>>>;
/** A restore by other than the regular means, asked for on purpose, with a reason that goes into the report. */
export type BreakGlass = NonNullable<K3dPlan['breakGlass']>;
