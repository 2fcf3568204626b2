import { type Check, check } from '../run/checks.js';
import type { TransitSeal } from './topology.js';

/** The parts of a seal that both sites must agree on, or the target cannot open the source's data. */
const parts = {
  address: 'Transit address',
  caSha256: 'CA bundle',
  serverName: 'SNI',
  mountPath: 'mount',
  keyName: 'key name',
} as const satisfies Partial<Record<keyof TransitSeal, string>>;

/** The check `same-seal`: both sites point at the same Transit address, CA bundle, SNI, mount and key name. */
export const checkSameSeal = (source: TransitSeal, target: TransitSeal): Check => {
  const differences = (Object.keys(parts) as (keyof typeof parts)[])
    .filter((part) => source[part] !== target[part])
    .map((part) => `${parts[part]} ${source[part]} (source) and ${target[part]} (target)`);
  return check(
    'same-seal',
    differences.length === 0,
    `key ${source.keyName} of ${source.mountPath} at ${source.address} on both sides`,
    differences.length === 0 ? 'the same on both sides' : `different ${differences.join(', ')}`,
  );
};
