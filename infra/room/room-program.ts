/** The program that a room is: what encloses it, and what runs inside. */
import { join } from 'node:path';
import { enclosingProgram, enclosingScript, roomInside } from './place/enclosure.js';
import type { MappedAddress } from './place/mapped-addresses.js';
import type { PlaceProgram } from './place/start-place.js';
import type { RoomRequest } from './room.js';
import { partsOf, roomEnvironment } from './room-config.js';

/** Where an audit device of type syslog writes. */
const systemLog = '/dev/log';

export const programOf = (
  { bao, secrets = {}, kind = 'sealed' }: RoomRequest,
  folder: string,
  mapped: readonly MappedAddress[],
  shown: Readonly<Record<string, string>>,
): PlaceProgram => {
  const seen = partsOf(kind === 'open' ? folder : roomInside);
  const inside = {
    file: bao,
    args: ['server', `-config=${seen.config}`],
    env: roomEnvironment(kind === 'open' ? folder : roomInside, secrets),
    cwd: kind === 'open' ? folder : roomInside,
    logFile: seen.log,
  };
  const environment = { PATH: enclosingProgram.path };
  if (kind === 'open') return { enclosing: [], environment, inside: { ...inside, relays: [], sinks: [] } };
  const script = enclosingScript({ root: join(folder, 'root'), folder, shown, mapped });
  return {
    enclosing: [enclosingProgram.file, ...enclosingProgram.args, 'sh', '-c', script, 'sh'],
    environment,
    inside: {
      ...inside,
      sinks: [systemLog],
      relays: mapped.map(({ address: { port }, listen: host }, at) => ({ host, port, socket: seen.relay(at) })),
    },
  };
};
