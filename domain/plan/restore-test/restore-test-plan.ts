/** Kept apart from its schema: workflow code must not load a validation library. */
import type { z } from 'zod';
import type { Immutable } from '../immutable.js';
import type { restoreTestPlanSchema } from './restore-test-schema.js';

/** With every default filled in: what the workflow works from and what the report repeats. */
export type RestoreTestPlan = Immutable<z.output<typeof restoreTestPlanSchema>>;
