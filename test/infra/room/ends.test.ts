import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreIntoRoom } from '../../../infra/room/restore-into-room.js';
import {
  announceRoom,
  findRoomRecord,
  folderOfRun,
  recordProcess,
  removeRoom,
  type RoomRecord,
  sweepDeadRooms,
  sweepRoom,
} from '../../../infra/room/room-record.js';
import type { SealStanza } from '../../../systems/openbao/seal/stanza/seal-stanza.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { toolPath } from '../../support/tools.js';
import { compileSources } from '../../systems/files/compiled-sources.js';
import { bodyOf, open, roomsFolder } from './clusters.js';

const seal: SealStanza = {
  type: 'static',
  attributes: { current_key_id: '1', current_key: Buffer.alloc(32, 7).toString('base64') },
};

/** Numbers of the process and of all that came of it. */
const familyOf = async (pid: number): Promise<readonly number[]> => {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map<number, number>();
  for (const number of numbers) {
    const stat = await readFile(`/proc/${number}/stat`, 'utf8').catch(() => '');
    parents.set(number, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0));
  }
  const family = [pid];
  for (const member of family) family.push(...numbers.filter((number) => parents.get(number) === member));
  return family;
};

const runs = async (pid: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
};

const areGone = (pids: readonly number[]) =>
  waitUntil(async () => ((await Promise.all(pids.map(runs))).some(Boolean) ? undefined : true), {
    what: 'the room to be gone',
    timeoutMs: 10_000,
  });

describe('a room whose worker is killed', () => {
  let compiled: Awaited<ReturnType<typeof compileSources>>;
  beforeAll(async () => {
    compiled = await compileSources('domain', 'systems', 'infra/room', 'test/infra/room/fixtures');
  });
  afterAll(() => compiled.remove());

  const startWorker = async (rooms: string): Promise<{ worker: ChildProcess; pid: number }> => {
    const request = { runId: 'run-1', rooms, bao: toolPath('bao'), storeBytes: 0, seal };
    const fixture = join(compiled.root, 'test/infra/room/fixtures/hold-room.js');
    const worker = spawn(process.execPath, [fixture, JSON.stringify(request)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: worker.stdout }), 'line')) as [string];
    return { worker, pid: (JSON.parse(line) as { pid: number }).pid };
  };

  it('ends with everything in it, and its folder is swept', async () => {
    const rooms = await roomsFolder();
    const { worker, pid } = await startWorker(rooms);
    const family = await familyOf(pid);
    expect(family.length).toBeGreaterThanOrEqual(3);
    expect(await sweepDeadRooms(rooms)).toEqual([]);
    expect(await findRoomRecord(rooms, 'run-1')).toMatchObject({ process: { pid } });
    worker.kill('SIGKILL');
    await areGone(family);
    expect(await findRoomRecord(rooms, 'run-1')).toBeUndefined();
    expect(await readdir(rooms)).toHaveLength(2);
    expect(await sweepDeadRooms(rooms)).toEqual(['run-1']);
    expect(await readdir(rooms)).toEqual([]);
  });

  it('leaves a folder without a record if it dies early, which is swept once no room can be opening there', async () => {
    const rooms = await roomsFolder();
    await mkdir(join(rooms, 'young'));
    await mkdir(join(rooms, 'old'));
    const before = (Date.now() - 11 * 60_000) / 1_000;
    await utimes(join(rooms, 'old'), before, before);
    expect(await sweepDeadRooms(rooms)).toEqual([]);
    expect(await readdir(rooms)).toEqual(['young']);
  });

  it('is opened anew by the next attempt of its run', async () => {
    const rooms = await roomsFolder();
    const { worker, pid } = await startWorker(rooms);
    const family = await familyOf(pid);
    worker.kill('SIGKILL');
    const room = await open({ seal, rooms });
    await areGone(family);
    expect(await room.openbao.sealStatus()).toMatchObject({ initialized: false });
    await room.close();
    expect(await readdir(rooms)).toEqual([]);
  });

  it('is ended by the next attempt of its run even if the worker lives', async () => {
    const rooms = await roomsFolder();
    const { worker, pid } = await startWorker(rooms);
    const family = await familyOf(pid);
    await sweepRoom(rooms, 'run-1');
    await areGone(family);
    expect(await readdir(rooms)).toEqual([]);
    worker.kill('SIGKILL');
  });
});

describe('what is left of a room', () => {
  const announced = async (change: Partial<RoomRecord>) => {
    const rooms = await roomsFolder();
    const folder = folderOfRun(rooms, 'run-1');
    await mkdir(folder);
    const record = await announceRoom(folder, { runId: 'run-1', sealType: 'static' });
    await writeFile(`${folder}.json`, JSON.stringify({ ...record, ...change }));
    return { rooms, folder, record };
  };

  it('is swept after its machine was started again, and not while another machine has it', async () => {
    const here = await announced({ boot: 'before', machine: 'before' });
    expect(await sweepDeadRooms(here.rooms)).toEqual(['run-1']);
    expect(await readdir(here.rooms)).toEqual([]);
    const elsewhere = await announced({ boot: 'other', machine: 'other', host: 'other.example.com' });
    expect(await sweepDeadRooms(elsewhere.rooms)).toEqual([]);
    expect(await readdir(elsewhere.rooms)).toHaveLength(2);
  });

  it('stays while it is being furnished', async () => {
    const { rooms } = await announced({});
    expect(await sweepDeadRooms(rooms)).toEqual([]);
    expect(await findRoomRecord(rooms, 'run-1')).toBeUndefined();
  });

  it('is swept after a day if its record cannot be read', async () => {
    const { rooms, folder } = await announced({});
    await writeFile(`${folder}.json`, '{');
    const aged = async (hours: number) => {
      const then = Date.now() / 1_000 - hours * 3_600;
      await utimes(folder, then, then);
    };
    await aged(23);
    expect(await sweepDeadRooms(rooms)).toEqual([]);
    expect(await readdir(rooms)).toHaveLength(2);
    await aged(25);
    expect(await sweepDeadRooms(rooms)).toEqual([]);
    expect(await readdir(rooms)).toEqual([]);
  });

  it('is not removed by the attempt before, which does not get the folder either', async () => {
    const { rooms, folder, record } = await announced({});
    const next = await announceRoom(folder, { runId: 'run-1', sealType: 'static' });
    await removeRoom(folder, record);
    expect(await readdir(rooms)).toHaveLength(2);
    const process = { pid: 1, startedAt: 'then' };
    await expect(recordProcess(folder, record, process)).rejects.toMatchObject({ type: 'RoomGone' });
    await removeRoom(folder, next);
    expect(await readdir(rooms)).toEqual([]);
  });
});

describe('a room', () => {
  it('is not removed when a worker closes the one that was open before', async () => {
    const rooms = await roomsFolder();
    const former = await open({ seal, rooms });
    const room = await open({ seal, rooms });
    await former.close();
    expect(await room.openbao.sealStatus()).toMatchObject({ initialized: false });
    await room.close();
    expect(await readdir(rooms)).toEqual([]);
  });

  it('that is open ends with the process that watches over its OpenBao', async () => {
    const room = await open({ seal, kind: 'open' });
    const family = await familyOf(room.place.pid);
    expect(family).toHaveLength(2);
    process.kill(room.place.pid, 'SIGKILL');
    await areGone(family);
    await room.close();
  });

  it('leaves nothing when the process that is its walls is killed', async () => {
    const room = await open({ seal });
    const family = await familyOf(room.place.pid);
    process.kill(room.place.pid, 'SIGKILL');
    await areGone(family);
    await room.close();
  });

  it('says that its OpenBao has ended, and is closed all the same', async () => {
    const rooms = await roomsFolder();
    const room = await open({ seal, rooms });
    const names = await Promise.all(
      (await familyOf(room.place.pid)).map(async (pid) => ({ pid, name: await readFile(`/proc/${pid}/comm`, 'utf8') })),
    );
    process.kill(names.find(({ name }) => name.trim() === 'bao')!.pid, 'SIGKILL');
    await expect(restoreIntoRoom(room, bodyOf(Buffer.alloc(10)))).rejects.toThrow();
    await waitUntil(async () => room.place.ended(), { what: 'its end to be known', timeoutMs: 5_000 });
    expect(room.place.ended()).toMatchObject({ signal: 'SIGKILL' });
    await room.close();
    await room.close();
    expect(await readdir(rooms)).toEqual([]);
  });

  it('is not opened where memory or disk is short, and says of which', async () => {
    const rooms = await roomsFolder();
    await expect(open({ seal, rooms, storeBytes: 2 ** 45 })).rejects.toMatchObject({
      type: 'RoomTooSmall',
      message: expect.stringMatching(
        /^A room for this snapshot needs .* of the memory of this machine, and .* are free: free some/,
      ) as string,
    });
    expect(await readdir(rooms)).toEqual([]);
  });

  it('is not opened in a folder whose path is too long for a socket', async () => {
    const rooms = join(await roomsFolder(), 'x'.repeat(90));
    await expect(open({ seal, rooms })).rejects.toMatchObject({ type: 'RoomPathTooLong' });
  });
});
