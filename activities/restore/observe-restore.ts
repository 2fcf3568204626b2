import { cancellationSignal } from '@temporalio/activity';
import { isKnownFailure } from '../../domain/known-failure.js';
import {
  readGlimpse,
  type RestoreExpectation,
  type RestoreOutcome,
  settleSeconds,
  type TargetGlimpse,
} from '../../domain/recovery/restore-outcome.js';
import type { TargetSite } from '../../domain/pair/topology.js';
import { awaiting } from '../../systems/openbao/api/awaited-server.js';
import type { OpenBao } from '../../systems/openbao/api/client.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface ObserveRestoreInput extends RestoreExpectation {
  readonly target: TargetSite;
  readonly timeoutSeconds: number;
}

export interface ObserveRestoreOptions {
  /** How long a sign has to stay before it is trusted, in seconds. Default: {@link settleSeconds}. */
  readonly settle?: typeof settleSeconds;
}

/**
 * Watches the target until it shows the outcome of a submitted snapshot: {@link RestoreOutcome}, `unknown` at the deadline.
 * Never relies on the restore call's own answer.
 */
export const createObserveRestore = (
  { sites }: Pick<ActivityPorts, 'sites'>,
  { settle = settleSeconds }: ObserveRestoreOptions = {},
) =>
  async function observeRestore({ target, timeoutSeconds, ...ids }: ObserveRestoreInput): Promise<RestoreOutcome> {
    const glimpse = createGlimpse(await sites.at(target));
    let steady: { seen: string; since: number } | undefined;
    try {
      return await waitUntil(
        async () => {
          const seen = readGlimpse(await glimpse(), ids);
          if (steady?.seen !== seen) steady = { seen, since: Date.now() };
          if (seen === 'unsettled') return undefined;
          return Date.now() - steady.since >= settle[seen] * 1000 ? seen : undefined;
        },
        {
          what: 'the outcome of the restore',
          timeoutMs: timeoutSeconds * 1000,
          intervalMs: 50,
          signal: cancellationSignal(),
        },
      );
    } catch (error) {
      if (isKnownFailure(error, 'TimedOut')) return 'unknown';
      throw error;
    }
  };

/** A target that is away, or whose edge is starting, shows no sign. */
const createGlimpse = (openbao: OpenBao): (() => Promise<TargetGlimpse>) => {
  const ask = awaiting(async () => {
    const { status, sealed, clusterId } = await openbao.health();
    return { status, sealed, clusterId };
  });
  return async () => (await ask()) ?? { status: undefined, sealed: undefined, clusterId: undefined };
};
