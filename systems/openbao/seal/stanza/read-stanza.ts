/**
 * Takes the seal out of a file as a cluster has it: one stanza alone (`seal.hcl`), or a whole configuration of OpenBao, as HCL or JSON.
 * OpenBao reads the first version of HCL, which no kept library of npm's does.
 *
 * @see https://openbao.org/docs/configuration/seal/
 */
import { InvalidStanza, invalidAt, invalidStanza, namingFile } from './invalid.js';
import { type SealStanza, sealTypes, shamirStanza } from './seal-stanza.js';
import { type Item, type ObjectValue, readTree, type Value } from './tree.js';

/** A stanza beside the seal's own; a configuration with them and no seal is a Shamir cluster's. */
const otherStanzas = ['storage', 'listener', 'ha_storage'];

/**
 * @param file how to call the text in a failure.
 * @throws KnownFailure `SealStanzaInvalid`: it does not parse (by line and column), or holds none or more than one seal.
 */
export const readSealStanza = (text: string, file: string): SealStanza => {
  try {
    const { items } = readTree(text);
    const stanzas = items.filter(({ keys }) => keys[0] === 'seal' || keys[0] === 'kms').flatMap(sealsIn);
    const used = stanzas.flatMap(({ stanza, disabled }) => (disabled ? [] : [stanza]));
    const [seal] = used;
    if (seal === undefined) {
      if (items.some(({ keys }) => otherStanzas.includes(keys[0]!))) return shamirStanza;
      throw invalidStanza(
        `${file} holds no seal stanza: copy it from the cluster's configuration, or write seal "shamir" {} for shares.`,
      );
    }
    if (used.length > 1) {
      throw invalidStanza(
        `${file} holds ${used.length} seals that are in use, as during a seal migration: leave the one that the snapshot was taken with.`,
      );
    }
    return seal;
  } catch (error) {
    throw error instanceof InvalidStanza ? namingFile(file, error) : error;
  }
};

interface ReadStanza {
  readonly stanza: SealStanza;
  /** True for the former seal during a migration. */
  readonly disabled: boolean;
}

/** Reads one `seal`: HCL names the type after it, JSON within it, both once or in a list. */
const sealsIn = ({ keys, value, at }: Item): readonly ReadStanza[] => {
  if (keys.length > 2) throw invalidAt(at, 'a seal has one type');
  const type = keys[1];
  return objectsIn(value).flatMap((object): readonly ReadStanza[] =>
    type === undefined
      ? object.items.flatMap((inner) => {
          if (inner.keys.length > 1 || inner.value.kind === 'scalar') {
            throw invalidAt(inner.at, 'the seal has no type: write seal "transit" { … }');
          }
          return objectsIn(inner.value).map((one) => stanzaOf(inner.keys[0]!, one, inner.at));
        })
      : [stanzaOf(type, object, at)],
  );
};

const objectsIn = (value: Value): readonly ObjectValue[] => {
  if (value.kind === 'object') return [value];
  if (value.kind === 'list') return value.values.flatMap(objectsIn);
  throw invalidAt(value.at, 'a seal is a block between braces');
};

const stanzaOf = (named: string, { items }: ObjectValue, at: Item['at']): ReadStanza => {
  const type = sealTypes.find((one) => one === named.toLowerCase());
  if (type === undefined) throw invalidAt(at, `this type of seal is none of ${sealTypes.join(', ')}`);
  const attributes: Record<string, string> = {};
  for (const item of items) {
    const [name = ''] = item.keys;
    if (item.keys.length > 1 || Object.hasOwn(attributes, name)) {
      throw invalidAt(item.at, item.keys.length > 1 ? 'a value of a seal has one name' : 'this name stands here twice');
    }
    // OpenBao takes a list for it, and it says nothing of how the seal is opened.
    if (name !== 'purpose') attributes[name] = textOf(item.value);
  }
  const { disabled, ...own } = attributes;
  return { stanza: { type, attributes: own }, disabled: disabled === 'true' };
};

const textOf = (value: Value): string => {
  if (value.kind === 'scalar') return value.text;
  throw invalidAt(value.at, 'a value of a seal is text, a number, true or false');
};
