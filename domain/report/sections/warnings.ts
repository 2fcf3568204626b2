import type { Warning } from '../../run/warnings.js';
import { paragraph, type Paragraph } from './blocks.js';
import { said, strong } from './text.js';

/** Shows a fact that people have to know although no check failed. */
export const sayWarning = ({ name, sentence }: Warning): Paragraph =>
  paragraph([strong(`Mind (${name}):`), ' ', said(sentence)], 'warning');
