/** Puts foreign text on one line, without control characters, cut at `longest` characters. */
export const oneLine = (text: string, longest: number): string => {
  // eslint-disable-next-line no-control-regex -- this function removes control characters
  const line = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
};
