/** Renders warnings, one line each, before everything that went well: people have to know them although no check failed. */
import type { Warning } from '../../domain/run/warnings.js';
import { type Paint, plain, printable } from './text.js';

export const renderWarnings = (warnings: readonly Warning[] = [], paint: Paint = plain): readonly string[] =>
  warnings.map(({ name, sentence }) => paint.yellow(`  ! ${name}: ${printable(sentence)}`));
