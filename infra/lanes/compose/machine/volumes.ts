/** The lane's volumes: folders of the lane, under names that something else may have left on the engine. */
import { fieldsAt, objectsAt, textAt } from '../../../../domain/fields.js';
import { KnownFailure } from '../../../../domain/known-failure.js';
import { dockerFailure } from '../../../../systems/docker/docker.js';
import type { Program } from '../../../../systems/processes/program.js';
import type { ComposeLanePaths } from '../lane-paths.js';
import { type LaneService, laneServices } from '../names.js';

/** What the engine's own driver is told, so that a service's volume is its folder. */
export const volumeOptions = (
  paths: Pick<ComposeLanePaths, 'service'>,
  service: LaneService,
): Readonly<Record<string, string>> => ({ type: 'none', o: 'bind', device: paths.service(service) });

export interface OwnVolumes {
  /** Runs `docker`. */
  readonly program: Program;
  readonly project: string;
  readonly paths: Pick<ComposeLanePaths, 'service'>;
}

const timeoutMs = 60_000;

/**
 * Compose asks whether it may replace a volume that is another than its file says, and where nobody can answer it goes on
 * with the old one: the services would not find their files, or find those of another lane.
 *
 * @throws KnownFailure `VolumeDiffers`: another version left it, or another state folder has a lane of this name.
 * @throws KnownFailure `DockerUnreachable` (a retry may help) or `DockerFailed`.
 */
export const assertOwnVolumes = async (
  { program, project, paths }: OwnVolumes,
  signal?: AbortSignal,
): Promise<void> => {
  const wanted = new Map(laneServices.map((service) => [`${project}_${service}`, volumeOptions(paths, service)]));
  const args = ['volume', 'inspect', ...wanted.keys()];
  const answer = await program({ args, timeoutMs, signal });
  if (answer.exitCode !== 0 && !onlyMissing(answer.stderr)) throw dockerFailure(answer, args);
  const foreign = objectsAt(JSON.parse(answer.stdout.trim() || '[]')).find((volume) => {
    const options = fieldsAt(volume, 'Options');
    const own = wanted.get(textAt(volume['Name']) ?? '') ?? {};
    return Object.entries(own).some(([name, value]) => options[name] !== value);
  });
  if (foreign === undefined) return;
  throw new KnownFailure(
    'VolumeDiffers',
    `The volume ${textAt(foreign['Name'])} is not this lane's: another version made it, or a lane of this name in another state folder has it; take that one down, or remove what is left of it with "docker compose --project-name ${project} down --volumes"`,
  );
};

/** Of a new lane there is none yet. */
const onlyMissing = (stderr: string): boolean => {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 0 && lines.every((line) => /no such volume/i.test(line));
};
