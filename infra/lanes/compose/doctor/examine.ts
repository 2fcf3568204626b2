/** What a compose lane needs besides its tools, looked at without changing anything. */
import type { ComposeLaneOptions } from '../../../../domain/plan/plan.js';
import { assertRoom, composeVersion, usableEngine } from '../machine/engine.js';
import { assertPortsFree } from '../machine/published-ports.js';
import type { ContainerEngine } from '../../../../systems/docker/container-engine.js';
import type { Environment, LaneTools, ToolExamination } from '../../../../systems/tools/index.js';
import { type Finding, findOut, good, notChecked } from '../../finding.js';

export const composeLaneTools: LaneTools = { needed: ['temporal', 'docker'], s3Server: false, optional: [] };

export interface ComposeExamination {
  readonly environment: Environment;
  readonly tools: readonly ToolExamination[];
  /** That the plan asks for; none when the lane has them already. */
  readonly ports: ComposeLaneOptions['ports'];
}

const what = { engine: 'Docker engine', compose: 'Docker Compose', room: "engine's disk", ports: 'ports' };

export const examineCompose = async ({
  environment,
  tools,
  ports,
}: ComposeExamination): Promise<readonly Finding[]> => {
  const docker = tools.find(({ tool }) => tool === 'docker')?.path;
  if (docker === undefined) return Object.values(what).map((name) => notChecked(name, 'docker is missing'));
  let engine: ContainerEngine | undefined;
  const engineFinding = await findOut(what.engine, async () => {
    engine = await usableEngine(docker, environment);
    return good(what.engine, `${engine.version} on ${engine.operatingSystem}`);
  });
  const composeFinding = await findOut(what.compose, async () =>
    good(what.compose, await composeVersion(docker, environment)),
  );
  return [engineFinding, composeFinding, await roomFinding(engine), await portsFinding(ports)];
};

const roomFinding = (engine: ContainerEngine | undefined): Promise<Finding> =>
  findOut(what.room, async () => {
    if (engine === undefined) return notChecked(what.room, 'only the engine tells where it is');
    await assertRoom(engine);
    return good(what.room, engine.rootFolder);
  });

const portsFinding = (ports: ComposeLaneOptions['ports']): Promise<Finding> =>
  findOut(what.ports, async () => {
    await assertPortsFree(ports);
    const asked = Object.values(ports);
    return good(what.ports, asked.length === 0 ? 'any free ones will do' : `${asked.join(', ')} are free`);
  });
