import { cancellationSignal } from '@temporalio/activity';
import type { TargetSite } from '../../domain/pair/topology.js';
import { awaiting } from '../../systems/openbao/api/awaited-server.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { withinDeadline } from '../patience/within-deadline.js';
import { stopwatch } from '../observing/stopwatch.js';

export interface ObserveSealInput {
  readonly target: TargetSite;
  readonly timeoutSeconds: number;
}

/** `standby`: unsealed, and not active. */
export type SealState = 'unsealed' | 'sealed' | 'standby';

/** A node that is about to unseal itself says "sealed" for a moment, too. */
const sealedForMs = 2_000;
/** A node that is about to become active is a standby for some seconds. */
const standbyForMs = 30_000;

/**
 * Watches the target until it is unsealed and active, or has been sealed, or a standby, long enough to stay so.
 *
 * @throws KnownFailure `TimedOut`: no lasting state showed in time.
 */
export const createObserveSeal = ({ sites }: Pick<ActivityPorts, 'sites'>) =>
  async function observeSeal({ target, timeoutSeconds }: ObserveSealInput): Promise<SealState> {
    const openbao = await sites.at(target);
    const glimpse = awaiting(() => openbao.health());
    const sealed = stopwatch();
    const standby = stopwatch();
    return withinDeadline<SealState>(
      async () => {
        const health = await glimpse();
        if (health?.status === 200 && health.sealed === false) return 'unsealed';
        if (sealed(health?.sealed === true) >= sealedForMs) return 'sealed';
        const isStandby = health?.sealed === false && health.clusterId !== undefined;
        return standby(isStandby) >= standbyForMs ? 'standby' : undefined;
      },
      { what: 'the target to unseal', timeoutMs: timeoutSeconds * 1000, signal: cancellationSignal() },
    );
  };
