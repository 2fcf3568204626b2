/** Judges how deep JSON is nested: text that parses can still be too deep for the code that walks through it. */

/** More levels than anything that the program writes or asks for. */
export const deepestJson = 100;

const [quote, backslash, openList, closeList, openObject, closeObject] = [34, 92, 91, 93, 123, 125];

/** Whether objects and lists are nested deeper than this. The answer means nothing for text that is no JSON. */
export const isDeeperThan = (text: string, most: number): boolean => {
  let depth = 0;
  let inString = false;
  // Reads character by character, because a pattern runs out of stack on a long string.
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === backslash) at += 1;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (code === openList || code === openObject) depth += 1;
    else if (code === closeList || code === closeObject) depth -= 1;
    if (depth > most) return true;
  }
  return false;
};
