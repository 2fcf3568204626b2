/** One line of OpenBao's log, as it writes it by default: a time, a level, who says it, what, and facts. */

export interface LogLine {
  readonly level: string;
  /** Like `core` or `secrets.database`; empty if none is named. */
  readonly from: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, string>>;
}

const shape = /^\S+ \[(TRACE|DEBUG|INFO|WARN|ERROR)\]\s+(.*)$/;
const speaker = /^([A-Za-z0-9_.-]+): /;
const fact = /(?:^|\s)([A-Za-z_][\w-]*)=("(?:[^"\\]|\\.)*"|\S+)/y;

/** Undefined for what is no line of a log, as OpenBao's summary of its configuration. */
export const parseLogLine = (text: string): LogLine | undefined => {
  const [, level, rest] = shape.exec(text) ?? [];
  if (level === undefined || rest === undefined) return undefined;
  const from = speaker.exec(rest)?.[1] ?? '';
  const said = from === '' ? rest : rest.slice(from.length + 2);
  const begins = said.search(/(?:: |^)[A-Za-z_][\w-]*=(?:"|\S)/);
  const message = begins < 0 ? said : said.slice(0, begins);
  return {
    level,
    from,
    message: message.trim(),
    facts: begins < 0 ? {} : factsIn(said.slice(begins).replace(/^: /, '')),
  };
};

const factsIn = (text: string): Record<string, string> => {
  const facts: Record<string, string> = {};
  for (fact.lastIndex = 0; ;) {
    const found = fact.exec(text);
    if (found === null) return facts;
    const [, name = '', value = ''] = found;
    facts[name] = value.startsWith('"') ? unquoted(value) : value;
  }
};

const unquoted = (value: string): string => {
  try {
    return JSON.parse(value) as string;
  } catch {
    // Go escapes what JSON does not know.
    return value.slice(1, -1);
  }
};
