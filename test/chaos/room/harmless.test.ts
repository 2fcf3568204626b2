import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRoomLog } from '../../../infra/room/read-room-log.js';
import { restoreIntoRoom } from '../../../infra/room/restore-into-room.js';
import { readSealStanza } from '../../../systems/openbao/seal/stanza/read-stanza.js';
import type { SealStanza } from '../../../systems/openbao/seal/stanza/seal-stanza.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { startOpenBaoServer, type TestOpenBaoServer } from '../../support/servers/openbao-server.js';
import { bodyOf, open, snapshotOf } from '../../infra/room/clusters.js';
import { postgresPrograms, startPostgres, type TestPostgres } from '../../support/servers/postgres.js';

/** Its lease ends while the snapshot is in nobody's hands. */
const leaseSeconds = 6;

describe.skipIf(postgresPrograms === undefined)(
  'a restored copy with leases of database users, and a password to rotate',
  () => {
    let postgres: TestPostgres;
    let source: TestOpenBaoServer;
    let seal: SealStanza;
    let archive: Buffer;
    let password: string;
    const passwordOf = () => postgres.query("select rolpassword from pg_authid where rolname = 'app'");
    beforeAll(async () => {
      postgres = await startPostgres();
      await postgres.query('create role bao superuser login');
      source = await startOpenBaoServer('leases');
      seal = readSealStanza(await readFile(join(source.folder, 'config.json'), 'utf8'), 'config.json');
      await source.root.write('sys/mounts/database', { type: 'database' });
      const urls = {
        address: `postgresql://bao@127.0.0.1:${postgres.port}/postgres?sslmode=disable`,
        socket: `postgresql://bao@/postgres?host=${postgres.folder}&port=${postgres.port}`,
      };
      for (const [name, url] of Object.entries(urls)) {
        await source.root.write(`database/config/${name}`, {
          plugin_name: 'postgresql-database-plugin',
          allowed_roles: [name, 'app'],
          connection_url: url,
        });
        await source.root.write(`database/roles/${name}`, {
          db_name: name,
          creation_statements: [`create role "{{name}}" login password '{{password}}'`],
          default_ttl: `${leaseSeconds}s`,
          max_ttl: `${leaseSeconds}s`,
        });
      }
      await postgres.query('create role app login');
      await source.root.write('database/static-roles/app', {
        db_name: 'address',
        username: 'app',
        rotation_period: '5s',
      });
      for (const name of Object.keys(urls)) await source.root.read(`database/creds/${name}`);
      ({ archive } = await snapshotOf(source, source.rootToken));
      // Before it revokes them itself.
      await source.stop();
      password = await passwordOf();
    });
    afterAll(async () => {
      await source[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
    });

    const users = () => postgres.query("select count(*) from pg_roles where rolname like 'v-%'");

    it('does not touch the database from a sealed room, though it tries', async () => {
      expect(await users()).toBe('2');
      const before = await postgres.connectionsOf('bao');
      expect(before).toBeGreaterThan(0);
      const room = await open({ seal });
      await restoreIntoRoom(room, bodyOf(archive));
      const tried = (log: string) => new Set(log.match(/database\/creds\/(address|socket)\/\S+/g)).size;
      await waitUntil(async () => (tried(await readFile(room.logFile, 'utf8')) >= 2 ? true : undefined), {
        what: 'the copy to try to revoke both leases',
        timeoutMs: 60_000,
      });
      const log = await waitUntil(
        async () => {
          const found = await readRoomLog(room);
          return found.rotations.length > 0 ? found : undefined;
        },
        { what: 'the copy to try to rotate the password', timeoutMs: 60_000 },
      );
      expect(log.revocations).toEqual([
        { path: 'database/creds/address', count: 1 },
        { path: 'database/creds/socket', count: 1 },
      ]);
      expect(log.rotations).toEqual([expect.stringMatching(/^database_[0-9a-f]+\/app$/)]);
      expect(log.errors).toEqual([]);
      await room.close();
      expect(await passwordOf()).toBe(password);
      expect(await postgres.connectionsOf('bao')).toBe(before);
      expect(await users()).toBe('2');
    });

    it('drops the users of the real database from an open room: the control', async () => {
      const before = await postgres.connectionsOf('bao');
      const room = await open({ seal, kind: 'open' });
      await restoreIntoRoom(room, bodyOf(archive));
      await waitUntil(async () => ((await users()) === '0' ? true : undefined), {
        what: 'the copy to revoke both leases',
        timeoutMs: 60_000,
      });
      await waitUntil(async () => ((await passwordOf()) === password ? undefined : true), {
        what: 'the copy to rotate the password',
        timeoutMs: 60_000,
      });
      expect(await postgres.connectionsOf('bao')).toBeGreaterThan(before);
    });
  },
);
