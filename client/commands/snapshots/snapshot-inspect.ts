/** `openbao-dr snapshot inspect`: checks that a snapshot is whole, and shows its content, without any key. */
import type { SnapshotInspection } from '../../../domain/snapshot/inspection.js';
import { isSnapshotFailure } from '../../../systems/openbao/snapshot/failures.js';
import { inspectSnapshot } from '../../../systems/openbao/snapshot/inspect-snapshot.js';
import type { BucketOptions } from '../../snapshots/bucket-source.js';
import { type Context, type ExitCode, writeJson, writeLine } from '../../cli/context.js';
import { openSnapshotSource } from '../../snapshots/snapshot-source.js';
import { renderInspection } from '../../views/inspection.js';
import { paintFor } from '../../views/text.js';

interface SnapshotInspectOptions extends BucketOptions {
  readonly json?: boolean;
}

export interface InspectedArchive {
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly stateSha256: string;
  readonly inspection: SnapshotInspection;
}

/** The output of `--json`. */
export type InspectAnswer =
  | ({ readonly whole: true } & InspectedArchive)
  | { readonly whole: false; readonly failure: { readonly type: string; readonly message: string } };

/**
 * Returns 0 for a whole archive and 1 for a damaged one.
 *
 * @throws KnownFailure of the source: it cannot be read.
 */
export const runSnapshotInspect = async (
  context: Context,
  what: string | undefined,
  { json = false, ...options }: SnapshotInspectOptions,
): Promise<ExitCode> => {
  const { stdout, stderr, environment } = context;
  const source = await openSnapshotSource(context, what ?? '', options);
  try {
    const { summary, inspection } = await inspectSnapshot(source.body);
    const { sizeBytes, sha256, stateSha256 } = summary;
    const archive: InspectedArchive = { sizeBytes, sha256, stateSha256, inspection };
    if (json) writeJson(stdout, { whole: true, ...archive } satisfies InspectAnswer);
    else writeLine(stdout, renderInspection(archive, paintFor(stdout, environment)));
    return 0;
  } catch (error) {
    if (!isSnapshotFailure(error) || error.type === 'NotASnapshot' || context.interruption.first.aborted) throw error;
    const { type, message } = error;
    if (json) writeJson(stdout, { whole: false, failure: { type, message } } satisfies InspectAnswer);
    writeLine(stderr, message);
    return 1;
  } finally {
    source.close();
  }
};
