import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LaneHolder } from '../../../activities/ports/reservations.js';
import { createLaneReservations, readReservation } from '../../../infra/state/lane-reservations.js';
import { openStateFolder, type StateFolder } from '../../../infra/state/state-folder.js';

describe('the reservation of a lane', () => {
  let folder: string;
  let stateFolder: StateFolder;
  let running: boolean | 'unknown';
  let ran: boolean;

  const holder = (runId: string): LaneHolder => ({
    drillId: `drill-${runId}`,
    workflowId: 'dr-drill/local',
    runId,
    namespace: 'default',
    temporalClusterId: 'cluster',
  });
  const reservations = () => createLaneReservations({ stateFolder, isRunning: async () => running });
  const run = async (): Promise<void> => void (ran = true);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openbao-dr-reservations-'));
    stateFolder = await openStateFolder(join(folder, 'state'));
    running = false;
    ran = false;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each([true, 'unknown'] as const)(
    'is not run beside a drill of which it is known that it runs: %s',
    async (known) => {
      await reservations().reserve('local', holder('a'));
      running = known;
      await expect(reservations().whileFree('local', run)).rejects.toMatchObject({ type: 'LaneBusy' });
      expect(ran).toBe(false);
      expect(await readReservation(stateFolder, 'local')).toEqual(holder('a'));
    },
  );

  it('frees the lane of a drill that is over', async () => {
    await reservations().reserve('local', holder('a'));
    await reservations().whileFree('local', run);
    expect(ran).toBe(true);
    expect(await readReservation(stateFolder, 'local')).toBeUndefined();
  });

  it('lets a drill have the lane only afterwards, and then leaves it to it', async () => {
    let reserved = false;
    let reserving = Promise.resolve();
    await reservations().whileFree('local', async () => {
      reserving = reservations()
        .reserve('local', holder('b'))
        .then(() => void (reserved = true));
      // Many times the pause between two tries for the lock.
      await new Promise((resolve) => setTimeout(resolve, 250));
      expect(reserved).toBe(false);
    });
    await reserving;
    expect(await readReservation(stateFolder, 'local')).toEqual(holder('b'));
  });

  it('takes the lane from the steps of a drill that is over for as long as it runs', async () => {
    await reservations().reserve('local', holder('a'));
    const asked = () => reservations().assertHeld('local', 'drill-a');
    const taken = { type: 'LaneElsewhere', message: expect.stringContaining('A command has lane local') as string };
    const failing = reservations().whileFree('local', async () => {
      await expect(asked()).rejects.toMatchObject(taken);
      await expect(reservations().assertHeld('local', 'drill-a', 'a')).rejects.toMatchObject(taken);
      expect(await readReservation(stateFolder, 'local')).toEqual(holder('a'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await expect(asked()).resolves.toBeUndefined();
  });

  it('knows whose lane it is after a command that was killed, and gives it to the next', async () => {
    await reservations().reserve('local', holder('a'));
    const kill = () =>
      rename(join(stateFolder.lanes, 'local.reserved.json'), join(stateFolder.lanes, 'local.reserved.aside.json'));
    await kill();
    expect(await readReservation(stateFolder, 'local')).toEqual(holder('a'));
    running = true;
    await expect(reservations().reserve('local', holder('b'))).rejects.toMatchObject({ type: 'LaneBusy' });
    await reservations().reserve('local', holder('a'));
    await expect(reservations().assertHeld('local', 'drill-a', 'a')).resolves.toBeUndefined();
    await kill();
    running = false;
    await reservations().whileFree('local', run);
    expect(ran).toBe(true);
    expect(await readdir(stateFolder.lanes)).toEqual([]);
  });

  it('leaves the reservation where it is when it fails', async () => {
    await reservations().reserve('local', holder('a'));
    const failing = reservations().whileFree('local', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await readReservation(stateFolder, 'local')).toEqual(holder('a'));
  });

  it('is given to a run once, whoever asks again, and leaves nothing when it is given back', async () => {
    await reservations().reserve('local', holder('a'));
    await reservations().reserve('local', holder('a'));
    await reservations().reserve('local', holder('b'));
    await expect(reservations().assertHeld('local', 'drill-a', 'a')).rejects.toMatchObject({ type: 'LaneElsewhere' });
    await reservations().release('local', holder('a'));
    expect(await readReservation(stateFolder, 'local')).toEqual(holder('b'));
    await reservations().release('local', holder('b'));
    expect(await readdir(stateFolder.lanes)).toEqual([]);
  });

  it('is not held by another run of the same drill, which came out of a reset', async () => {
    await reservations().reserve('local', holder('a'));
    await expect(reservations().assertHeld('local', 'drill-a', 'a')).resolves.toBeUndefined();
    await expect(reservations().assertHeld('local', 'drill-a', 'b')).rejects.toMatchObject({ type: 'RunWasReset' });
  });

  it('knows a drill whose lane is elsewhere', async () => {
    await reservations().reserve('local', holder('a'));
    await expect(reservations().assertHeld('local', 'drill-a')).resolves.toBeUndefined();
    const elsewhere = { type: 'LaneElsewhere', retryable: true };
    await expect(reservations().assertHeld('local', 'drill-b')).rejects.toMatchObject(elsewhere);
    await expect(reservations().assertHeld('local-two', 'drill-a')).rejects.toMatchObject(elsewhere);
  });
});
