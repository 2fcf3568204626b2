/** Answers each mistake on the command line with one sentence that names the help of its command. */
import { type Command, CommanderError } from 'commander';

/** The typed command cannot run. The exit code is the library's: 0 if help or the version was asked for. */
export class UsageMistake extends Error {
  override readonly name = 'UsageMistake';

  constructor(
    readonly exitCode: number,
    sentence: string,
  ) {
    super(sentence);
  }
}

/** Lets a command end by a {@link UsageMistake} instead of ending the process. */
export const throwMistakes = (command: Command): Command =>
  command.exitOverride((error) => {
    throw new UsageMistake(error.exitCode, describe(error, command));
  });

/** Refuses `help nope`, for which the library would print the whole help. */
export const helpOf = (program: Command, words: readonly string[]): void => {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((other) => other.name() === word);
    if (next === undefined) {
      throw new UsageMistake(
        2,
        describe(new CommanderError(1, 'commander.unknownCommand', `unknown command '${word}'`), command),
      );
    }
    command = next;
  }
  command.help();
};

const describe = ({ code, message }: CommanderError, command: Command): string => {
  if (code === 'commander.help')
    return command.parent === null ? command.helpInformation().trimEnd() : whichCommand(command);
  const [first = '', suggestion = ''] = message.replace(/^error: /, '').split('\n');
  const whole = [first.replace(/\.$/, ''), suggestion].filter((part) => part !== '').join(' ');
  // The library's second sentence names what it expected.
  const sentence = capitalize(whole).replaceAll(/\. ([A-Z])/g, (_, letter: string) => `, ${letter.toLowerCase()}`);
  return `${sentence.replace(/\.$/, '')}: see \`${wordsOf(command)} --help\`.`;
};

const whichCommand = (command: Command): string => {
  const names = command.commands.map((child) => child.name()).join(' or ');
  return `\`${wordsOf(command)}\` needs a command, ${names}: see \`${wordsOf(command)} --help\`.`;
};

/** `openbao-dr snapshot prove`. */
const wordsOf = (command: Command): string =>
  command.parent === null ? command.name() : `${wordsOf(command.parent)} ${command.name()}`;

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
