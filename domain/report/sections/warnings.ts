import type { Warning } from '../../run/warnings.js';
import { paragraph, type Paragraph } from './blocks.js';
import { said, strong } from './text.js';

/** Something that people have to know although no check failed of it. */
export const sayWarning = ({ name, sentence }: Warning): Paragraph =>
  paragraph([strong(`Mind (${name}):`), ' ', said(sentence)], 'warning');
