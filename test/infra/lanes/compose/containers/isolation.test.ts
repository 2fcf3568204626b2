import { describe, expect, it } from 'vitest';
import type { LaneContainers, StatusQuestion } from '../../../../../infra/lanes/compose/containers/containers.js';
import { observeIsolation, reachedBy } from '../../../../../infra/lanes/compose/containers/isolation.js';

/** As OpenBao 2.7.2 prints them. */
const printed = {
  unreachable:
    'Error checking seal status: Get "https://172.26.0.3:8443/v1/sys/seal-status": dial tcp 172.26.0.3:8443: connect: network is unreachable',
  noRoute:
    'Error checking seal status: Get "https://192.0.2.1:443/v1/sys/seal-status": dial tcp 192.0.2.1:443: connect: no route to host',
  refused:
    'Error checking seal status: Get "https://172.29.0.4:9999/v1/sys/seal-status": dial tcp 172.29.0.4:9999: connect: connection refused',
  noName:
    'Error checking seal status: Get "https://source:8200/v1/sys/seal-status": dial tcp: lookup source on 127.0.0.11:53: no such host',
  deadline: 'Error checking seal status: context deadline exceeded',
  s3: 'Error checking seal status: Error making API request.\n\nURL: GET http://storage:9000/v1/sys/seal-status\nCode: 403. Raw Message:\n\n<Error/>',
  alert:
    'Error checking seal status: Get "https://edge-infra:8443/v1/sys/seal-status": remote error: tls: unrecognized name',
};

const reached = (output: string, exitCode = 1) => reachedBy({ exitCode, output });

describe('what "bao status" says of an address', () => {
  it('tells how far its packets came', () => {
    expect(reached('{"sealed":false}', 0)).toBe('answered');
    expect(reached('{"sealed":true}', 2)).toBe('answered');
    expect(reached(printed.s3)).toBe('answered');
    expect(reached(printed.alert)).toBe('answered');
    expect(reached(printed.refused)).toBe('refused');
    expect(reached(printed.unreachable)).toBe('no-way');
    expect(reached(printed.noRoute)).toBe('no-way');
    expect(reached(printed.noName)).toBe('no-name');
    expect(reached(printed.deadline)).toBe('silent');
  });

  it('proves nothing when it is something else', () => {
    expect(reached('OCI runtime exec failed: exec: "bao": executable file not found in $PATH', 126)).toBe('unclear');
  });
});

const addresses: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  target: { lab_target: '10.3.0.2' },
  source: { lab_source: '10.2.0.2' },
  infra: { lab_infra: '10.1.0.2' },
  'edge-source': { lab_source: '10.2.0.3', lab_clients: '10.5.0.3' },
  'edge-clients': { lab_clients: '10.5.0.4' },
  storage: { lab_storage: '10.4.0.2', lab_target: '10.3.0.4' },
};

const observe = (answer: (question: StatusQuestion) => string, of = addresses) => {
  const containers: Pick<LaneContainers, 'state' | 'status'> = {
    state: async (service) => ({ running: true, addresses: of[service] ?? {} }),
    status: async (_, question) => ({ exitCode: 1, output: answer(question!) }),
  };
  return observeIsolation({ containers: containers as LaneContainers, project: 'lab' });
};

const onlyItsOwn = ({ address }: StatusQuestion): string =>
  address.includes('edge-infra') || address.includes('storage') ? printed.s3 : printed.noRoute;

describe('the isolation of the target', () => {
  it('holds when Transit and the bucket answer, and there is no way to anybody else', async () => {
    const { isolated, tries } = await observe(onlyItsOwn);
    expect(isolated).toBe(true);
    expect(tries.map(({ to }) => to)).toEqual([
      'Transit',
      'the bucket',
      "the source's server",
      "infra's server past its edge",
      "the source's edge",
      "the clients' edge",
      'the bucket on its other network',
      "the containers' machine",
      "the containers' machine on the clients' network",
      'the world',
    ]);
  });

  it('does not hold when anybody else was reached, even one who refused', async () => {
    const { isolated, observed } = await observe((question) =>
      question.address.includes('10.2.0.2') ? printed.refused : onlyItsOwn(question),
    );
    expect(isolated).toBe(false);
    expect(observed).toContain("the source's server: was reached, and refused");
  });

  it('does not hold when nothing can be reached: then trying proves nothing', async () => {
    expect((await observe(() => printed.noRoute)).isolated).toBe(false);
  });

  it('does not hold when an answer is not understood', async () => {
    const unclear = ({ address }: StatusQuestion): string =>
      address.includes('192.0.2.1') ? 'a new sentence' : onlyItsOwn({ address });
    expect((await observe(unclear)).isolated).toBe(false);
  });

  it('does not hold when the target is on another network as well', async () => {
    const target = { lab_target: '10.3.0.2', lab_clients: '10.5.0.9' };
    const { isolated, observed } = await observe(onlyItsOwn, { ...addresses, target });
    expect(isolated).toBe(false);
    expect(observed).toContain('it is on lab_target, lab_clients');
  });
});
