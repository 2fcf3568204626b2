#!/usr/bin/env node
/** The process of the command line: the only place that reads its environment, arguments and signals. */
import { homedir, userInfo } from 'node:os';
import type { Context } from './cli/context.js';
import { createInterruption } from './cli/interruption.js';
import { describeOldNode } from './cli/node-version.js';
import { watchOutputs } from './cli/outputs.js';
import { readVersion } from './cli/version.js';

/** How long a second Ctrl-C waits for connections to close. */
const leaveMs = 5_000;

const readUserName = (): string | undefined => {
  try {
    return userInfo().username;
  } catch {
    // The system does not know the user's name, as in containers.
    return process.env['USER'];
  }
};

const main = async (): Promise<void> => {
  const tooOld = describeOldNode(process.version);
  if (tooOld !== undefined) {
    process.stderr.write(`${tooOld}\n`);
    process.exit(2);
  }
  // This comes before the SDK is loaded, which warns on every start that it will not run on this Node.js for ever.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

  const interruption = createInterruption();
  const leave = (): void => void setTimeout(() => process.exit(130), leaveMs).unref();
  const interrupt = (): void => {
    if (interruption.second.aborted) process.exit(130);
    interruption.raise();
    if (interruption.second.aborted) leave();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('SIGHUP', () => {
    interruption.hangUp();
    if (interruption.second.aborted) leave();
  });
  const { stdout, stderr } = process;
  const outputs = watchOutputs({ stdout, stderr, interruption });

  const context: Context = {
    environment: process.env,
    homeFolder: homedir(),
    userName: readUserName(),
    version: await readVersion(),
    nodeVersion: process.version,
    platform: `${process.platform}-${process.arch}`,
    stdin: process.stdin,
    stdout,
    stderr,
    interruption,
  };
  const { runProgram } = await import('./run-program.js');
  // The exit is explicit, because an open connection must not keep the process.
  process.exit(await outputs.finish(await runProgram(process.argv.slice(2), context)));
};

await main();
