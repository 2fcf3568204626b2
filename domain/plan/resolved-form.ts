/**
 * Derives the schema of another schema's results: the same members, with every default filled in. The rules for typed plans are
 * left out, because later versions may allow more.
 */
import { z } from 'zod';

const formOf = (schema: z.core.$ZodType): z.ZodType => {
  if (schema instanceof z.ZodOptional) return formOf(schema.unwrap()).optional();
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return formOf(schema.unwrap());
  if (schema instanceof z.ZodArray) return z.array(formOf(schema.element));
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries<z.ZodType>(schema.shape);
    return z.object(Object.fromEntries(fields.map(([name, field]) => [name, formOf(field)])));
  }
  if (schema instanceof z.ZodNumber) return schema.isInt ? z.number().int() : z.number();
  if (schema instanceof z.ZodEnum) return schema;
  if (schema._zod.def.type === 'string') return z.string();
  throw new Error(`There is no resolved form of the type ${schema._zod.def.type} yet: add it here`);
};

export const resolvedForm = <Schema extends z.ZodType>(schema: Schema): z.ZodType<z.output<Schema>> =>
  formOf(schema) as z.ZodType<z.output<Schema>>;
