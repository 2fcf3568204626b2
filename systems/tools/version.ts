/** Compares versions as dotted numbers, which is enough to check that the project supports a program. */
import { type VersionRange } from './tool.js';

const compare = (left: readonly number[], right: readonly number[]): number => {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Whether a version such as `3.7.15` lies within the range. */
export const isSupported = (version: string, { from, below }: VersionRange): boolean => {
  const numbers = version.split('.').map(Number);
  return compare(numbers, from) >= 0 && compare(numbers, below) < 0;
};
