/** kubectl's command lines, without their common part. They hold no secret: secrets go to standard input. */
import { KnownFailure } from '../../domain/known-failure.js';
import {
  type EventsRequest,
  type ExecRequest,
  type ListOptions,
  type LogsRequest,
  type TokenRequest,
} from './cluster.js';
import { type ObjectRef } from './objects.js';

/** The field manager, by which the server remembers who set a field. */
const fieldManager = 'openbao-dr';

const inNamespace = (namespace: string | undefined): readonly string[] =>
  namespace === undefined ? [] : ['--namespace', namespace];

/** A name from a plan must not pass for an option. */
const plain = (word: string): string => {
  if (word !== '' && !word.startsWith('-')) return word;
  throw new KnownFailure('KubernetesObjectInvalid', 'A name for Kubernetes is empty or starts with a dash', {
    facts: { name: word },
  });
};

const target = ({ kind, name, namespace }: ObjectRef): readonly string[] => [
  plain(kind),
  plain(name),
  ...inNamespace(namespace),
];

export const versionCommand = (): readonly string[] => ['version', '--output', 'json'];

export const getCommand = (ref: ObjectRef): readonly string[] => [
  'get',
  ...target(ref),
  '--ignore-not-found',
  '--output',
  'json',
];

export const listCommand = (
  kind: string,
  { namespace, selector, fieldSelector }: Omit<ListOptions, 'signal'>,
): readonly string[] => [
  'get',
  plain(kind),
  ...(namespace === undefined ? ['--all-namespaces'] : inNamespace(namespace)),
  ...(selector === undefined ? [] : ['--selector', selector]),
  ...(fieldSelector === undefined ? [] : ['--field-selector', fieldSelector]),
  '--output',
  'json',
];

export const applyCommand = (force: boolean): readonly string[] => [
  'apply',
  '--server-side',
  '--field-manager',
  fieldManager,
  ...(force ? ['--force-conflicts'] : []),
  '--filename',
  '-',
  '--output',
  'json',
];

export const createCommand = (): readonly string[] => [
  'create',
  '--field-manager',
  fieldManager,
  '--filename',
  '-',
  '--output',
  'json',
];

/** `patchFile` is a file because kubectl reads no patch from standard input, and every user can read an argument. */
export const patchCommand = (
  ref: ObjectRef,
  { type, subresource, patchFile }: { type: 'merge' | 'json'; subresource?: string | undefined; patchFile: string },
): readonly string[] => [
  'patch',
  ...target(ref),
  '--type',
  type,
  '--patch-file',
  patchFile,
  ...(subresource === undefined ? [] : ['--subresource', subresource]),
  '--field-manager',
  fieldManager,
  '--output',
  'json',
];

export const scaleCommand = (ref: ObjectRef, replicas: number): readonly string[] => [
  'scale',
  ...target(ref),
  '--replicas',
  String(replicas),
  '--output',
  'name',
];

export const deleteCommand = (ref: ObjectRef, gracePeriodSeconds: number | undefined): readonly string[] => [
  'delete',
  ...target(ref),
  '--ignore-not-found',
  '--wait=false',
  ...(gracePeriodSeconds === undefined ? [] : ['--grace-period', String(gracePeriodSeconds)]),
  // Without it kubectl makes one second of none.
  ...(gracePeriodSeconds === 0 ? ['--force'] : []),
  '--output',
  'name',
];

export const logsCommand = ({
  namespace,
  pod,
  container,
  tailLines,
  previous = false,
}: LogsRequest): readonly string[] => [
  'logs',
  plain(pod),
  ...inNamespace(namespace),
  ...(container === undefined ? [] : ['--container', container]),
  ...(tailLines === undefined ? [] : ['--tail', String(tailLines)]),
  ...(previous ? ['--previous'] : []),
];

export const execCommand = ({ namespace, pod, container, command }: ExecRequest): readonly string[] => [
  'exec',
  plain(pod),
  ...inNamespace(namespace),
  '--container',
  container,
  '--',
  ...command,
];

export const eventsCommand = ({ namespace, name }: EventsRequest): readonly string[] =>
  listCommand('events', { namespace, ...(name === undefined ? {} : { fieldSelector: `involvedObject.name=${name}` }) });

export const tokenCommand = ({ serviceAccount, namespace, audience, seconds }: TokenRequest): readonly string[] => [
  'create',
  'token',
  plain(serviceAccount),
  ...inNamespace(namespace),
  '--audience',
  audience,
  '--duration',
  `${seconds}s`,
];

export const rawCommand = (path: string): readonly string[] => ['get', '--raw', plain(path)];

/** Sends the object on standard input to a path, without asking the server first which kinds it has. */
export const rawCreateCommand = (path: string): readonly string[] => ['create', '--raw', path, '--filename', '-'];
