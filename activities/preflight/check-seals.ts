import type { Check } from '../../domain/run/checks.js';
import type { PairSite } from '../../domain/pair/topology.js';
import { observeCheck } from '../observing/observe-check.js';
import { assertSealAnswers, type SealAnswersPorts } from '../seal-proof/seal-answers.js';

/**
 * Whether a side's own seal token can use its key now. A running site does not show that its token is gone: it fails at its
 * next start, which for the target is the restore.
 */
export const checkSealUsable = (ports: SealAnswersPorts, { site, seal }: PairSite): Promise<Check> =>
  observeCheck(
    site === 'source' ? 'source-seal-usable' : 'target-seal-usable',
    `the ${site}'s seal token encrypts and decrypts with its key`,
    async () => {
      await assertSealAnswers(ports, { seal });
      return { passed: true, observed: `key ${seal.keyName} encrypts and decrypts` };
    },
  );
