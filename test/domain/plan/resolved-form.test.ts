import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resolvedForm } from '../../../domain/plan/resolved-form.js';

const typed = z
  .strictObject({
    name: z.string().max(3).default('abc'),
    address: z.ipv4().optional(),
    ports: z
      .strictObject({ api: z.number().int().min(1024) })
      .partial()
      .prefault({}),
    parts: z
      .array(z.enum(['a', 'b']))
      .max(1)
      .default([]),
  })
  .refine(({ name }) => name !== 'no');

const resolved = { name: 'abc', ports: {}, parts: [] };

describe('the resolved form of a schema', () => {
  const form = resolvedForm(typed);

  it('takes what the schema makes of nothing', () => {
    expect(form.parse(typed.parse({}))).toEqual(resolved);
  });

  it('demands a member that has a default', () => {
    expect(form.safeParse({ ports: {}, parts: [] }).success).toBe(false);
  });

  it('leaves out what people must keep to', () => {
    const later = { name: 'no', address: 'host', ports: { api: 80 }, parts: ['a', 'b'], another: true };
    expect(form.parse(later)).toEqual({ name: 'no', address: 'host', ports: { api: 80 }, parts: ['a', 'b'] });
  });

  it.each([{ ports: { api: 1.5 } }, { parts: ['c'] }, { name: 1 }])('refuses another type of value: %j', (change) => {
    expect(form.safeParse({ ...resolved, ...change }).success).toBe(false);
  });

  it('says which type it does not know yet', () => {
    expect(() => resolvedForm(z.date())).toThrow('date');
  });
});
