/** The command line as its users see it: every command, its arguments, its options and an example. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { type AdoptablePart, adoptableParts } from '../domain/plan/plan.js';
import type { Context, ExitCode, GlobalOptions } from './cli/context.js';
import { helpOf, throwMistakes } from './cli/usage.js';

type Run = Promise<ExitCode>;

/**
 * Builds the command tree over a context. A command's code is loaded when it runs, so that `--help` and mistakes are answered
 * at once.
 *
 * @param ended receives the exit code of the command that ran.
 */
export const createProgram = (context: Context, ended: (exitCode: ExitCode) => void): Command => {
  const program = new Command('openbao-dr')
    .description('Disaster-recovery drills and failovers for OpenBao pairs, as durable Temporal workflows.')
    .version(context.version, '-V, --version')
    .option('--state-dir <folder>', 'where lanes, reports and the own Temporal database are kept (or OPENBAO_DR_STATE)')
    .option('--quiet', 'print only results and failures')
    .option('--no-color', 'print without colors (or NO_COLOR)')
    .option('--debug', 'log everything, and show where an unknown error comes from')
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      // The caller reports mistakes in one sentence.
      writeErr: () => undefined,
    })
    .configureHelp({ showGlobalOptions: true });
  throwMistakes(program);

  const commandOf =
    (parent: Command) =>
    (words: string, description: string, ...examples: readonly string[]): Command =>
      throwMistakes(parent.command(words))
        .description(description)
        .addHelpText('after', `\nExample:\n${examples.map((example) => `  $ openbao-dr ${example}`).join('\n')}`);
  const command = commandOf(program);

  /** Applies the options that every command takes. */
  const contextFor = (self: Command): Context => {
    const { color } = self.optsWithGlobals<GlobalOptions>();
    return color === false ? { ...context, environment: { ...context.environment, NO_COLOR: '1' } } : context;
  };

  /** For commands about one lane or drill. Their code is loaded only when they run. */
  const about =
    <Options extends GlobalOptions>(
      load: () => Promise<(context: Context, what: string | undefined, options: Options) => Run>,
    ) =>
    async (what: string | undefined, _: unknown, self: Command): Promise<void> =>
      ended(await (await load())(contextFor(self), what, self.optsWithGlobals<Options>()));

  const alone =
    <Options extends GlobalOptions>(load: () => Promise<(context: Context, options: Options) => Run>) =>
    async (_: unknown, self: Command): Promise<void> =>
      ended(await (await load())(contextFor(self), self.optsWithGlobals<Options>()));

  const lane = (): Argument => new Argument('[lane]', 'like local, local-blue or k3d; local by default');
  const json = (): Option => new Option('--json', 'print data on stdout, and everything else on stderr');
  const plan = (): Option => new Option('--plan <file>', 'the plan, in YAML or JSON; its lane is the default');
  const name = (): Option => new Option('--as <name>', 'who decides').makeOptionMandatory();

  const adopt = (): Option =>
    new Option(
      '--adopt <parts>',
      `parts that a k3d lane reuses instead of making them: ${adoptableParts.join(', ')}; joined by commas`,
    ).argParser(parseParts);
  const hostAddress = (): Option =>
    new Option('--host-address <address>', "this machine's address, as pods of a k3d lane's clusters reach it");

  const evidence = (): Option =>
    new Option('--evidence <sha256>', 'the digest you have seen: refused if the drill shows other evidence');
  const details = (): Option => new Option('--details', 'show every check, too');

  const bucketLane = (): Option => new Option('--lane <lane>', "the bucket is in this lane's store");
  const endpoint = (): Option =>
    new Option('--endpoint <url>', 'of the object store (or AWS_ENDPOINT_URL); AWS if none is named');
  const virtualHost = () =>
    new Option('--virtual-host', 'the bucket is part of the host name, although an endpoint is named');
  const region = (): Option =>
    new Option('--region <name>', 'of the object store (or AWS_REGION); us-east-1 if none is named');

  command('drill', 'run one drill from backup to report', 'drill --approve-as ann@example.com --json')
    .addArgument(lane())
    .addOption(plan())
    .addOption(adopt())
    .addOption(hostAddress())
    .option('--approve-as <name>', 'approve the cutover in advance, in this name')
    .option('--keep', 'leave the lane up afterwards')
    .addOption(json())
    .action(about(async () => (await import('./commands/runs/drill.js')).runDrill));

  command(
    'resume',
    "see a lane's half-done drill through to its end",
    'resume local',
    'resume local --approve-as ann@example.com',
  )
    .addArgument(lane())
    .option('--approve-as <name>', 'approve the cutover in advance, in this name')
    .addOption(json())
    .action(about(async () => (await import('./commands/runs/go-on.js')).runResume));

  command('cancel', "undo a lane's drill, and end it", 'cancel local')
    .addArgument(lane())
    .addOption(json())
    .action(about(async () => (await import('./commands/runs/go-on.js')).runCancel));

  command(
    'undo',
    'give clients back to the source after a drill that was terminated, and keep the data',
    'undo local',
    'undo local --yes --json',
  )
    .addArgument(lane())
    .option('--yes', 'do not ask')
    .option('--force', 'undo even if the drill kept clients on the target, or its Temporal server is gone')
    .addOption(json())
    .action(about(async () => (await import('./commands/runs/undo.js')).runUndo));

  command(
    'approve',
    'show the evidence of a waiting drill, ask, and approve its cutover on that evidence',
    'approve local --as ann@example.com --comment "looks good"',
  )
    .addArgument(lane())
    .addOption(name())
    .option('--comment <text>', 'goes into the report')
    .addOption(evidence())
    .option('--yes', 'do not ask: approve the evidence that is shown')
    .addOption(details())
    .addOption(json())
    .action(about(async () => (await import('./commands/runs/decide.js')).runApprove));

  command(
    'reject',
    'reject the cutover: the drill undoes its steps and ends',
    'reject local --as ann@example.com --reason "wrong snapshot"',
  )
    .addArgument(lane())
    .addOption(name())
    .addOption(new Option('--reason <text>', 'goes into the report').makeOptionMandatory())
    .addOption(evidence())
    .addOption(json())
    .action(about(async () => (await import('./commands/runs/decide.js')).runReject));

  command(
    'cutover-done',
    'report to a waiting drill that the clients were moved by hand',
    'cutover-done local --as ann@example.com',
  )
    .addArgument(lane())
    .addOption(name())
    .option('--comment <text>', 'goes into the report')
    .addOption(json())
    .action(about(async () => (await import('./commands/runs/cutover-done.js')).runCutoverDone));

  command('status', "show how a lane's drill is doing, or how the last one ended", 'status local --json')
    .addArgument(lane())
    .addOption(details())
    .addOption(json())
    .action(about(async () => (await import('./commands/runs/status.js')).runStatus));

  command('watch', "follow a lane's drill to its end", 'watch local')
    .addArgument(lane())
    .addOption(json())
    .action(about(async () => (await import('./commands/runs/watch.js')).runWatch));

  command('list', 'list the lanes of this machine, and drills', 'list --json')
    .addOption(json())
    .action(alone(async () => (await import('./commands/runs/list.js')).runList));

  command(
    'report',
    "print a drill's report",
    'report local',
    'report local --open',
    'report 20260102T030405Z-0123abcd --json',
  )
    .argument('[drill]', "a drill's id, or a lane for its last drill; local by default")
    .addOption(new Option('--open', 'show its page in a browser').conflicts('json'))
    .addOption(json())
    .action(about(async () => (await import('./commands/reports/report.js')).runReport));

  command(
    'verify-report',
    'verify that a report is as its drill left it, by its signature',
    'verify-report report.json --public-key drill-evidence.pem',
  )
    .argument('<file>', 'a report.json')
    .option('--public-key <file>', 'the key that must have signed, in PEM, from where you trust it')
    .option('--allow-embedded-key', 'accept the key in the report itself (detects damage, not forgery)')
    .addOption(json())
    .action(about(async () => (await import('./commands/reports/verify-report.js')).runVerifyReport));

  const snapshot = command(
    'snapshot',
    'read snapshots; nothing is restored and nothing written',
    'snapshot inspect openbao.snap',
  );
  const snapshotCommand = commandOf(snapshot);

  snapshotCommand(
    'inspect',
    'check whether a snapshot is whole, and show its content, without any key',
    'snapshot inspect openbao.snap',
    'snapshot inspect s3://backups/source/openbao.snap --endpoint https://s3.example.com --json',
  )
    .argument('<snapshot>', 'a file, or s3://bucket/key')
    .addOption(bucketLane())
    .addOption(endpoint())
    .addOption(region())
    .addOption(virtualHost())
    .addOption(json())
    .action(about(async () => (await import('./commands/snapshots/snapshot-inspect.js')).runSnapshotInspect));

  snapshotCommand(
    'prove',
    'show which snapshots the seal key of today opens, by their sealed checksums',
    'snapshot prove s3://openbao-dr-backups/ --lane local',
    'snapshot prove s3://backups/source/ --transit-address https://bao.example.com:8200 --transit-ca ca.pem --transit-key unseal',
  )
    .argument(
      '<prefix>',
      'a file, s3://bucket/key, or s3://bucket/prefix: every object under it but .json, .sha256 and the like',
    )
    .option('--lane <lane>', "the bucket is in this lane's store, and its target's seal has the key")
    .addOption(endpoint())
    .addOption(region())
    .addOption(virtualHost())
    .option('--transit-address <url>', 'of the OpenBao that has the seal key, if it is not the lane')
    .option('--transit-ca <file>', "authorities that Transit is trusted by, in PEM; Node's own by default")
    .option('--transit-server-name <name>', "in its certificate; the address's host by default")
    .option(
      '--transit-mount <path>',
      'where Transit is mounted, its namespace before it (team/transit); transit by default',
    )
    .option('--transit-key <name>', 'the seal key')
    .option('--transit-token-file <file>', "holds the seal's token; BAO_TOKEN by default")
    .addOption(json())
    .action(about(async () => (await import('./commands/snapshots/snapshot-prove.js')).runSnapshotProve));

  command(
    'up',
    'build a lane, or repair it, and keep it up',
    'up local-blue --json',
    'up k3d --adopt clusters,operator --host-address 10.0.0.1',
  )
    .addArgument(lane())
    .addOption(plan())
    .addOption(adopt())
    .addOption(hostAddress())
    .addOption(json())
    .action(about(async () => (await import('./commands/lanes/up.js')).runUp));

  command(
    'down',
    "end a lane's processes and remove everything that it made",
    'down local-blue',
    'down k3d --forget-missing',
  )
    .addArgument(lane())
    .option('--force', 'even if a drill is using it')
    .option('--forget-missing', 'forget its objects in adopted clusters that are gone for good, and list them')
    .addOption(json())
    .action(about(async () => (await import('./commands/lanes/down.js')).runDown));

  command('dev', 'run Temporal with its UI and a worker', 'dev --port 7233 --ui-port 8233')
    .option('--port <number>', 'for clients and workers; 7233 by default, or any free one', parsePort)
    .option('--ui-port <number>', 'for the UI; 8233 by default, or any free one', parsePort)
    .addOption(json())
    .action(alone(async () => (await import('./commands/workers/dev.js')).runDev));

  command('worker', 'run a worker for the Temporal server that the settings name', 'worker')
    .addOption(json())
    .action(alone(async () => (await import('./commands/workers/worker.js')).runWorker));

  command('doctor', 'check whether a drill could run here, and what is missing', 'doctor --json', 'doctor k3d')
    .addArgument(lane())
    .addOption(plan())
    .addOption(adopt())
    .addOption(hostAddress())
    .addOption(json())
    .action(about(async () => (await import('./commands/lanes/doctor.js')).runDoctor));

  command(
    'images',
    'list the container images of a lane, or carry them to a machine that reaches no registry',
    'images compose',
    'images k3d',
    'images k3d --save lane-images.tar',
    'images k3d --load lane-images.tar',
  )
    .argument('<lane>', 'like compose, k3d or k3d-blue')
    .addOption(plan())
    .option('--openbao-version <version>', 'of both sides, instead of what the plan says')
    .option('--operator-version <version>', "the operator's, instead of what the plan says")
    .addOption(new Option('--save <file>', 'pull them all and write them to this file').conflicts('load'))
    .option('--load <file>', "read them from this file into the docker engine, and into the lane's existing clusters")
    .addOption(json())
    .action(about(async () => (await import('./commands/lanes/images.js')).runImages));

  command('help', 'show the help of a command', 'help snapshot prove')
    .argument('[command...]')
    .action((words: readonly string[]) => helpOf(program, words));

  return program.addHelpText('after', '\nExample:\n  $ openbao-dr drill --approve-as ann@example.com');
};

const parseParts = (text: string): readonly AdoptablePart[] =>
  text.split(',').map((word) => {
    const part = adoptableParts.find((known) => known === word.trim());
    if (part !== undefined) return part;
    throw new InvalidArgumentError(
      `No part is called ${JSON.stringify(word.trim())}, only ${adoptableParts.join(', ')}.`,
    );
  });

const parsePort = (text: string): number => {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1024 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a whole number from 1024 to 65535.');
};
