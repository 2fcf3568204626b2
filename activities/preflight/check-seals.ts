import { cancellationSignal } from '@temporalio/activity';
import type { Check } from '../../domain/checks.js';
import type { PairSite } from '../../domain/topology.js';
import { assertSealUsable } from '../../systems/openbao/seal-use.js';
import { observeCheck } from '../observe-check.js';
import type { ActivityPorts } from '../ports.js';

export interface CheckSealPorts extends Pick<ActivityPorts, 'sites'> {
  readonly materials: Pick<ActivityPorts['materials'], 'read'>;
}

/**
 * Whether a side's own seal token can use its key now. A site that runs shows nothing of a token that is gone: it fails at its
 * next start, which for the target is the restore.
 */
export const checkSealUsable = ({ sites, materials }: CheckSealPorts, { site, seal }: PairSite): Promise<Check> =>
  observeCheck(
    site === 'source' ? 'source-seal-usable' : 'target-seal-usable',
    `the ${site}'s seal token encrypts and decrypts with its key`,
    async () => {
      const [openbao, token] = await Promise.all([sites.at(seal), materials.read(seal.token)]);
      await assertSealUsable({ session: openbao.useToken(token), key: seal, signal: cancellationSignal() });
      return { passed: true, observed: `key ${seal.keyName} encrypts and decrypts` };
    },
  );
