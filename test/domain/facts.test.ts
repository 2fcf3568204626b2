import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { asSentence, describeFacts, internalFacts } from '../../domain/facts.js';

it.each([
  [{ bucket: 'b' }, 'The bucket is b.'],
  [{ bucket: 'b', key: 'k', status: 403 }, 'The bucket is b, the key is k and the status is 403.'],
  [{ serverName: 'infra', exitCode: 3 }, 'The server name is infra and the exit code is 3.'],
  [{ expectedBytes: 1234, seenBytes: 1 }, 'The expected size is 1,234 bytes and the seen size is 1 byte.'],
  [{ ttlSeconds: 90, neededSeconds: 7200 }, 'The time left is 1 min 30 s and the time needed is 2 h 00 min.'],
  [{ status: 400, answer: 'permission denied.' }, 'The status is 400 and the answer is: permission denied.'],
  [{ usedByProcesses: '1 2' }, 'The processes that use it are 1 2.'],
  [{ code: 'ENOENT', workflowId: 'w', runId: 'r', command: 'up', folder: undefined, message: '' }, ''],
])('says %j as people do', (facts, said) => {
  expect(describeFacts(facts)).toBe(said);
});

it('knows which facts only those need who look for a fault of the program', () => {
  expect(internalFacts({ code: 'ENOENT', port: 1, runId: undefined })).toEqual({ code: 'ENOENT' });
});

it('ends a sentence once', () => {
  expect(['a', 'a.', 'a?', 'a…'].map(asSentence)).toEqual(['a.', 'a.', 'a?', 'a…']);
});

it('is how every sentence has its facts: none ends with name=value', () => {
  const rooms = ['activities', 'client', 'domain', 'infra', 'systems', 'workflows'];
  const files = execFileSync('git', ['ls-files', ...rooms.map((room) => `${room}/*.ts`)], { encoding: 'utf8' });
  const found = files
    .trim()
    .split('\n')
    .filter((file) => /[.!?a-z)] \[[a-zA-Z]+=\$\{/.test(readFileSync(file, 'utf8')));
  expect(found).toEqual([]);
});
