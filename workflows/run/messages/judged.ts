import { ApplicationFailure } from '@temporalio/workflow';

/** The judgment on a message: accepted, or refused with the reason. */
export type Judged<T> = { readonly accepted: T } | { readonly refused: string };

export const whyNot = (judged: Judged<unknown>): string | undefined =>
  'refused' in judged ? judged.refused : undefined;

/** @throws ApplicationFailure `DecisionRefused`, with the reason. */
export const acceptedOf = <T>(judged: Judged<T>): T => {
  if ('refused' in judged) throw ApplicationFailure.nonRetryable(judged.refused, 'DecisionRefused');
  return judged.accepted;
};
