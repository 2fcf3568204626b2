/** What is wrong with a field of a plan, as a clause. It repeats nothing that a field holds: that may be a secret. */
import type { z } from 'zod';

/** How people write a value of a type, in YAML. */
const forms: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  array: 'a list, like [ann]',
  string: 'text',
  number: 'a number',
  object: 'a mapping of fields to values',
};

export const describePlanProblem = (issue: z.core.$ZodIssue): string => {
  const field = issue.path.length === 0 ? 'the plan' : `"${issue.path.join('.')}"`;
  if (issue.code === 'unrecognized_keys') {
    return `${field} has no field ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) return `${field} is missing`;
  if (issue.code === 'invalid_type' && !issue.message.startsWith('is '))
    return `${field} must be ${forms[issue.expected] ?? `of type ${issue.expected}`}`;
  if (issue.code === 'invalid_value') return `${field} must be one of ${issue.values.map(String).join(', ')}`;
  return `${field} ${issue.message}`;
};
