import { cancellationSignal } from '@temporalio/activity';
import type { TargetSite } from '../../domain/topology.js';
import { awaiting } from '../../systems/openbao/awaited-server.js';
import type { ActivityPorts } from '../ports.js';
import { withinDeadline } from '../within-deadline.js';

export interface ObserveSealInput {
  readonly target: TargetSite;
  readonly timeoutSeconds: number;
}

export type SealState = 'unsealed' | 'sealed';

/** A node that is about to unseal itself says "sealed" for a moment, too. */
const sealedForMs = 2_000;

/**
 * Watches the target until it is unsealed, or has been sealed long enough to stay so.
 *
 * @throws KnownFailure `TimedOut`: neither showed in time.
 */
export const createObserveSeal = ({ sites }: Pick<ActivityPorts, 'sites'>) =>
  async function observeSeal({ target, timeoutSeconds }: ObserveSealInput): Promise<SealState> {
    const openbao = await sites.at(target);
    const glimpse = awaiting(() => openbao.health());
    let sealedSince: number | undefined;
    return withinDeadline<SealState>(
      async () => {
        const health = await glimpse();
        if (health?.status === 200 && health.sealed === false) return 'unsealed';
        sealedSince = health?.sealed === true ? (sealedSince ?? Date.now()) : undefined;
        return sealedSince !== undefined && Date.now() - sealedSince >= sealedForMs ? 'sealed' : undefined;
      },
      { what: 'the target to unseal', timeoutMs: timeoutSeconds * 1000, signal: cancellationSignal() },
    );
  };
