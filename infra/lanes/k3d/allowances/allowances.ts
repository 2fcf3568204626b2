/**
 * What a plan may choose on this worker. An image runs with the operator's rights in a cluster, and a listening address opens the
 * bucket to a network: whoever may start a workflow must not decide on either. The worker's administrator does.
 */
import { BlockList, isIPv4 } from 'node:net';
import { KnownFailure } from '../../../../domain/known-failure.js';
import type { K3dLaneOptions } from '../../../../domain/plan/plan.js';
import { bridgeAddresses } from '../../../../systems/machine/bridges.js';
import type { Environment } from '../../../../systems/tools/index.js';
import { shippedImages } from '../machine/images.js';
import { type ImageName, parseImageName } from './image-name.js';

export interface Allowances {
  readonly images: readonly AllowedImage[];
  readonly addresses: BlockList;
}

/** `below`: every repository in that folder. Without a version: each of them. */
type AllowedImage = ImageName & { readonly below: boolean };

type ChosenOptions = Pick<K3dLaneOptions, 'images' | 'hostAddress'>;

/**
 * Repositories of the images that the program ships, loopback, and what `OPENBAO_DR_ALLOWED_IMAGES` and
 * `OPENBAO_DR_ALLOWED_ADDRESSES` add to them.
 *
 * @throws KnownFailure `InvalidAllowance` naming the part of a variable that cannot be read.
 */
export const allowancesIn = (environment: Environment): Allowances => {
  const addresses = new BlockList();
  for (const text of ['127.0.0.0/8', ...listIn(environment[addressesVariable])]) addAddresses(addresses, text);
  return {
    images: [
      ...shippedImages().map((image) => ({ ...parseImageName(image)!, version: '', below: false })),
      ...listIn(environment[imagesVariable]).map(readImage),
    ],
    addresses,
  };
};

/**
 * Addresses of this machine's bridges, which engines of containers make, are allowed as well.
 *
 * @throws KnownFailure `ImageNotAllowed` or `AddressNotAllowed`: a retry does not help.
 */
export const assertAllowed = async (
  { images, hostAddress }: ChosenOptions,
  allowances: Allowances,
  bridges: () => Promise<readonly string[]> = bridgeAddresses,
): Promise<void> => {
  for (const [part, image] of Object.entries(images)) {
    if (image === undefined || isAllowed(image, allowances.images)) continue;
    throw new KnownFailure(
      'ImageNotAllowed',
      `This worker does not run the image ${image}, which the plan names in "k3d.images.${part}": leave it out, or have the worker's administrator add its repository to ${imagesVariable}.`,
    );
  }
  if (hostAddress === undefined || allowances.addresses.check(hostAddress)) return;
  if ((await bridges()).includes(hostAddress)) return;
  throw new KnownFailure(
    'AddressNotAllowed',
    `This worker does not listen on ${hostAddress}, which the plan names in "k3d.hostAddress": name the address of a bridge on this machine, or have the worker's administrator add it to ${addressesVariable}.`,
  );
};

const imagesVariable = 'OPENBAO_DR_ALLOWED_IMAGES';
const addressesVariable = 'OPENBAO_DR_ALLOWED_ADDRESSES';

const listIn = (text = ''): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const isAllowed = (text: string, allowed: readonly AllowedImage[]): boolean => {
  const image = parseImageName(text);
  return (
    image !== undefined &&
    allowed.some(
      ({ repository, version, below }) =>
        (below ? image.repository.startsWith(`${repository}/`) : image.repository === repository) &&
        (version === '' || version === image.version),
    )
  );
};

/** A folder is read as the name of an image in it, or one folder would be taken for an image of Docker's library. */
const readImage = (text: string): AllowedImage => {
  const below = text.endsWith('/*');
  const read = parseImageName(below ? `${text.slice(0, -1)}any` : text);
  if (read === undefined) {
    throw invalid(
      imagesVariable,
      text,
      'name a repository like registry.example.com/openbao, with a tag or digest to allow that one alone, or all in a folder like registry.example.com/*',
    );
  }
  return { ...read, repository: below ? read.repository.slice(0, -'/any'.length) : read.repository, below };
};

const addAddresses = (addresses: BlockList, text: string): void => {
  const [address = '', bits = '32', ...more] = text.split('/');
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32 || more.length > 0) {
    throw invalid(addressesVariable, text, 'name an IPv4 address like 10.0.0.1, or a network like 10.0.0.0/24');
  }
  addresses.addSubnet(address, Number(bits));
};

const invalid = (variable: string, part: string, whatToDo: string): KnownFailure =>
  new KnownFailure('InvalidAllowance', `${variable} has ${JSON.stringify(part)} in it: ${whatToDo}.`);
