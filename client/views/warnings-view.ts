/** What people have to know although no check failed of it: one line each, before everything that went well. */
import type { Warning } from '../../domain/run/warnings.js';
import { type Paint, plain, printable } from './text.js';

export const renderWarnings = (warnings: readonly Warning[] = [], paint: Paint = plain): readonly string[] =>
  warnings.map(({ name, sentence }) => paint.yellow(`  ! ${name}: ${printable(sentence)}`));
