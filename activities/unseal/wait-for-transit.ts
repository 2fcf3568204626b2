import { cancellationSignal } from '@temporalio/activity';
import type { TransitSeal } from '../../domain/pair/topology.js';
import { awaiting } from '../../systems/openbao/api/awaited-server.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { withinDeadline } from '../patience/within-deadline.js';

export interface WaitForTransitInput {
  readonly seal: TransitSeal;
  readonly timeoutSeconds: number;
}

/**
 * Waits until the seal key can be used with the target's own seal token: a node that starts while Transit is away ends at
 * once, so it must not be restarted before.
 *
 * @throws KnownFailure `TransitUnreachable`: Transit did not come back in time.
 * @throws KnownFailure `PermissionDenied`: Transit answers, but the seal token may not use the key (expired, or another key).
 */
export const createWaitForTransit = ({ sites, materials }: Pick<ActivityPorts, 'sites' | 'materials'>) =>
  async function waitForTransit({ seal, timeoutSeconds }: WaitForTransitInput): Promise<void> {
    const transit = (await sites.at(seal)).useToken(await materials.read(seal.token));
    await withinDeadline(
      awaiting(async () => {
        // Encrypts a worthless value, as OpenBao itself does at its start.
        await transit.write(`${seal.mountPath}/encrypt/${seal.keyName}`, { plaintext: 'cHJvYmU=' });
        return true;
      }),
      {
        what: 'Transit to answer',
        timeoutMs: timeoutSeconds * 1000,
        intervalMs: 500,
        signal: cancellationSignal(),
        failureType: 'TransitUnreachable',
      },
    );
  };
