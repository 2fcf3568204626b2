/**
 * Fields that plans are made of, as people type them. The kinds of lane get them handed in: workflow code reads the stages of a
 * kind, and must not load a validation library.
 */
import { z } from 'zod';
import { baseline } from '../pair/topology.js';

const secondsPer = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
export const minutes = (count: number): number => count * secondsPer.m;
export const hours = (count: number): number => count * secondsPer.h;
export const days = (count: number): number => count * secondsPer.d;

const longestWaitSeconds = days(30);

/** A duration like `30m`, in seconds. */
export const duration = z
  .string()
  .regex(/^\d{1,7}[smhd]$/, { error: 'is not a duration like "30m", "24h" or "7d"', abort: true })
  .regex(/^0*[1-9]/, 'must be longer than 0 s')
  .transform((text) => Number(text.slice(0, -1)) * secondsPer[text.slice(-1) as keyof typeof secondsPer])
  .refine((seconds) => seconds <= longestWaitSeconds, 'is longer than 30d');

/** How long steps wait for what is away. */
export const patience = z
  .strictObject({
    firstCheck: duration.optional(),
    before: duration.default(minutes(10)),
    afterRestore: duration.default(days(1)),
  })
  .prefault({})
  .transform(({ firstCheck, before, afterRestore }) => ({
    firstCheckSeconds: firstCheck ?? before,
    beforeSeconds: before,
    afterRestoreSeconds: afterRestore,
  }));

export const objective = z
  .number()
  .positive('is not a positive number of seconds')
  .max(longestWaitSeconds, 'is longer than 30d');

export const person = z.string().trim().min(1, 'is empty').max(200, 'is longer than 200 characters');

export const namespacePath = z
  .string()
  .regex(/^[^\s/]+(\/[^\s/]+)*\/?$/, 'is not the path of a namespace, like "tenant-a" or "tenant-a/team"')
  .max(500, 'is longer than 500 characters')
  .transform((path) => path.replace(/\/$/, ''));

const port = z
  .number('is not a port: a whole number from 1024 to 65535')
  .int('is not a port: a whole number from 1024 to 65535')
  .min(1024, 'is not a port: a whole number from 1024 to 65535')
  .max(65_535, 'is not a port: a whole number from 1024 to 65535');

/** The fields from which the kinds of lane build their options. */
export const planFields = {
  z,
  ports: z
    .strictObject({ infra: port, source: port, target: port, clients: port, storage: port })
    .partial()
    .refine((given) => new Set(Object.values(given)).size === Object.values(given).length, 'names one port twice')
    .prefault({}),
  sealKey: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not a Transit key name: lower-case letters, digits and dashes')
    .default(baseline.sealKey),
  version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/, 'is not a version like "2.7.2"'),
  image: z.string().regex(/^[a-z0-9][a-z0-9._/:@-]{0,254}$/i, 'is not the name of an image'),
  reason: z.string().trim().min(1, 'is empty').max(500, 'is longer than 500 characters'),
};

export type PlanFields = typeof planFields;
