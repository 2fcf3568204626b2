/** Quotes what a Job of the operator logged: one line, short, and nothing in it that looks like a secret. */

/** In characters. */
const longest = 300;

const secrets: readonly RegExp[] = [
  // JSON Web Tokens, OpenBao tokens, credentials in addresses, PEM.
  /\beyJ[\w-]+\.[\w-]+\.?[\w-]*/g,
  /\b(?:hv[sbr]|[sbr])\.[A-Za-z0-9_-]{16,}/g,
  /(?<=:\/\/)[^\s/@]+@/g,
  /-----BEGIN [^-]+-----.*$/g,
  // Values with a secret's name: token=…, "secretAccessKey":"…". After a colon in a sentence, only values that look like
  // secrets.
  /(?<=(?:token|password|passwd|secret|signature|credential|access[_-]?key(?:[_-]?id)?)["']?(?:=|["']:)\s*["']?)[^\s"',;&]+/gi,
  /(?<=(?:token|password|passwd|secret|signature|credential|key):\s+["']?)(?=\S*\d)[A-Za-z0-9+/_=.-]{12,}/gi,
];

/** Sequences that move a terminal's cursor or color its text. */
const colours = /\p{Cc}\[[0-9;]*[A-Za-z]/gu;

/** The last meaningful line; undefined if there is none. */
export const lastLine = (log: string): string | undefined => {
  const line = log
    .split('\n')
    .map((text) =>
      text
        .replace(colours, '')
        .replace(/\p{Cc}+/gu, ' ')
        .trim(),
    )
    .findLast((text) => text !== '');
  if (line === undefined) return undefined;
  const safe = secrets.reduce((text, secret) => text.replace(secret, '…'), line);
  return safe.length <= longest ? safe : `${safe.slice(0, longest)}…`;
};

/** Whether a Job that ended like this may end otherwise next time, without any change. */
export const mayPass = (why: string): boolean =>
  !/status 4\d\d|authenticat|permission denied|forbidden|access ?denied|invalid ?access|signaturedoesnotmatch|no ?such ?bucket|load configuration|environment variable is required|image/i.test(
    why,
  );
