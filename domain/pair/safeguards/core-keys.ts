/** Explains differences in OpenBao's own keys below `core/`, whose names hold no secret. */

const inCore = /^(?:namespaces\/[^/]+\/)?core\//;

export const isCoreKey = (key: string): boolean => inCore.test(key);

const meanings: readonly { readonly key: RegExp; readonly meaning: string }[] = [
  {
    key: /core\/(local-)?audit$/,
    meaning:
      'the table of audit devices: OpenBao drops a device that the configuration of the target lacks, and the target then runs without it, so give both sites the same audit stanzas',
  },
  {
    key: /core\/(local-)?mounts(\/|$)/,
    meaning: 'a mount of a secrets engine: it was made, changed or lost after the snapshot',
  },
  { key: /core\/(local-)?auth(\/|$)/, meaning: 'a mount of a login: it was made, changed or lost after the snapshot' },
  { key: /core\/plugin-catalog\//, meaning: 'the catalog of external plugins' },
  { key: /core\/namespaces\//, meaning: 'a namespace: it was made, changed or lost after the snapshot' },
  {
    key: /core\/(seal-config|shamir-kek|hsm\/|recovery-)/,
    meaning: 'the configuration of a seal: the target was initialised, or its seal changed, after the restore',
  },
  { key: /core\/versions\//, meaning: 'the versions that ran on the store: the target runs another' },
];

/** The end of a sentence that explains why this key differs; undefined for an unknown key. */
export const meaningOfCoreKey = (key: string): string | undefined =>
  meanings.find((known) => known.key.test(key))?.meaning;
