/** Asks the person at the terminal whether the cutover may happen. */
import { confirm, isCancel, select, text } from '@clack/prompts';
import type { DecideMessage } from '../../domain/contract/contract.js';
import type { Context, Input, Output } from '../cli/context.js';

interface AskPersonOptions {
  readonly input: Input;
  readonly output: Output;
  /** The answer that Enter gives to the question for a name. */
  readonly userName: string | undefined;
  /** The people who may decide; empty: everyone. */
  readonly approvers: readonly string[];
  /** Shows every check before the question is asked again. */
  readonly showDetails: () => void;
  /** Ends the question. */
  readonly signal: AbortSignal;
}

/** @returns `interrupted` after Ctrl-C, and undefined if the signal ended the question. */
export const askPerson = async (options: AskPersonOptions): Promise<DecideMessage | 'interrupted' | undefined> => {
  const { input, output, signal } = options;
  const common = { input, output, signal };
  const escape = watchForControlC(input);
  try {
    for (;;) {
      const message = await ask(common, options);
      if (message !== undefined) return message;
      if (signal.aborted) return undefined;
      if (escape.seen()) return 'interrupted';
      // Escape ends a question, too, but must not cancel a drill: ask again.
    }
  } finally {
    escape.stop();
  }
};

const ask = async (
  common: Pick<AskPersonOptions, 'input' | 'output' | 'signal'>,
  options: AskPersonOptions,
): Promise<DecideMessage | undefined> => {
  const { userName, approvers, showDetails } = options;
  const decision = await select({
    ...common,
    message: 'Move the clients to the restored target?',
    options: [
      { value: 'approve' as const, label: 'Approve the cutover' },
      { value: 'reject' as const, label: 'Reject it', hint: 'the drill undoes what it did and ends' },
      { value: 'details' as const, label: 'Show every check first' },
    ],
  });
  if (isCancel(decision)) return undefined;
  if (decision === 'details') {
    showDetails();
    return ask(common, options);
  }

  const approver = await text({
    ...common,
    message: 'Your name, for the report',
    ...(userName !== undefined && { initialValue: userName }),
    validate: (name) => refuseName(name, approvers),
  });
  if (isCancel(approver)) return undefined;

  const comment = await text({
    ...common,
    message: decision === 'approve' ? 'A comment, if you like' : 'The reason',
    validate: (said) => (decision === 'reject' && (said ?? '').trim() === '' ? 'Say why.' : undefined),
  });
  if (isCancel(comment)) return undefined;
  const said = (comment as string | undefined) ?? '';
  return { decision, approver: approver.trim(), ...(said.trim() !== '' && { comment: said.trim() }) };
};

/** Asks once whether the shown evidence is approved; Escape and Ctrl-C mean no. */
export const confirmApproval = async ({ stdin, stderr }: Pick<Context, 'stdin' | 'stderr'>): Promise<boolean> =>
  (await confirm({
    input: stdin,
    output: stderr,
    message: 'Approve the cutover on this evidence?',
    initialValue: false,
  })) === true;

const refuseName = (name: string | undefined, approvers: readonly string[]): string | undefined => {
  const trimmed = (name ?? '').trim();
  if (trimmed === '') return 'The report needs a name.';
  if (approvers.length > 0 && !approvers.includes(trimmed)) return `The plan lets only ${approvers.join(', ')} decide.`;
  return undefined;
};

/** At a question the terminal sends Ctrl-C as a key, so no signal arrives. */
const watchForControlC = (input: Input): { seen(): boolean; stop(): void } => {
  let seen = false;
  const onKey = (_: string | undefined, key: { readonly ctrl?: boolean; readonly name?: string } | undefined): void => {
    if (key?.ctrl === true && key.name === 'c') seen = true;
  };
  input.on('keypress', onKey);
  return {
    seen: () => seen,
    stop: () => void input.off('keypress', onKey),
  };
};
