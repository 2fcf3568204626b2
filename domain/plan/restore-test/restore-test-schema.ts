/** Reads the plan of a restore test as people type it, and fills in the defaults. */
import { z } from 'zod';
import { KnownFailure } from '../../known-failure.js';
import type { OpenBaoSecretStore } from '../../pair/secret-stores.js';
import { patience, planFields } from '../plan-fields.js';
import { describePlanProblem } from '../plan-problems.js';
import { laneNameSchema } from '../plan-schema.js';
import { assertions } from './assertions.js';
import { roomKinds } from '../../recovery/room-kind.js';
import {
  absolutePath,
  credential,
  exactlyOne,
  hostName,
  httpsAddress,
  keyName,
  mountPath,
  secretRef,
} from './fields.js';
import { from } from './from.js';
import type { RestoreTestPlan } from './restore-test-plan.js';
import { seal } from './seal.js';

const { reason, version } = planFields;

const secretStores = z
  .strictObject({
    openbao: z
      .strictObject({
        address: httpsAddress,
        serverName: hostName.optional(),
        ca: secretRef.optional(),
        credential,
      })
      .refine((store) => !refersToStore(store), {
        path: ['credential'],
        message: 'and "ca" are named by another scheme than openbao, which they open',
      }),
    kubernetes: z.strictObject({
      context: z
        .string()
        .regex(/^[^-\s]\S{0,252}$/, 'is not the name of a context')
        .optional(),
    }),
  })
  .partial()
  .prefault({});

const refersToStore = ({ ca, credential: login }: OpenBaoSecretStore): boolean =>
  [ca, ...(Object.values(login) as readonly unknown[])].some(
    (value) => typeof value === 'string' && value.startsWith('openbao:'),
  );

const signing = z
  .strictObject({
    /** An Ed25519 key in PEM (PKCS #8). */
    key: secretRef.optional(),
    transit: z
      .strictObject({
        address: httpsAddress,
        serverName: hostName.optional(),
        ca: secretRef.optional(),
        mount: mountPath.default('transit'),
        key: keyName,
        credential,
      })
      .optional(),
  })
  .refine((given) => exactlyOne(given, 'key', 'transit'), 'names one of "key" and "transit", and not both');

export const restoreTestPlanSchema = z
  .strictObject({
    /** Tests a snapshot of a lane's bucket with the lane's seal, in place of "from" and "seal". */
    lane: laneNameSchema.optional(),
    from: from.optional(),
    seal: seal.optional(),
    secretStores,
    room: z.enum(roomKinds).default('sealed'),
    acceptRisk: reason.optional(),
    openbao: z
      .strictObject({ version, path: absolutePath })
      .partial()
      .refine((given) => exactlyOne(given, 'version', 'path'), 'names one of "version" and "path", and not both')
      .optional(),
    verify: credential.optional(),
    assertions,
    patience,
    signing: signing.optional(),
  })
  .superRefine(({ lane, ...plan }, context) => {
    for (const field of ['from', 'seal'] as const) {
      if ((plan[field] === undefined) === (lane !== undefined)) continue;
      const message = lane === undefined ? 'is missing' : `does not go with "lane", which has its own`;
      context.addIssue({ code: 'custom', path: [field], message });
    }
  })
  .refine(({ room, acceptRisk }) => acceptRisk === undefined || room === 'open', {
    path: ['acceptRisk'],
    message: 'belongs to "room: open": a sealed room lets nothing out',
  });

/**
 * @throws KnownFailure `InvalidPlan` naming every field that is wrong, and what it should be, and none of what it holds.
 */
export const parseRestoreTestPlan = (input: unknown): RestoreTestPlan => {
  const parsed = restoreTestPlanSchema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new KnownFailure(
    'InvalidPlan',
    `The restore test's plan is not valid: ${parsed.error.issues.map(describePlanProblem).join('; ')}.`,
  );
};

/** The JSON Schema of plans as people type them, for editors. It knows less than {@link parseRestoreTestPlan}: fields that exclude each other. */
export const restoreTestPlanJsonSchema = (): Readonly<Record<string, unknown>> => {
  const { $schema, ...rest } = z.toJSONSchema(restoreTestPlanSchema, { io: 'input' });
  return {
    $schema,
    $id: 'urn:openbao-dr:schema:restore-test-plan-1',
    title: 'Plan of an openbao-dr restore test, version 1',
    ...rest,
  };
};
