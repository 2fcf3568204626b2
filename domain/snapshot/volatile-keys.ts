/** A kind of key that differs between a snapshot and a target that was restored from it, and why that is no finding. */
export interface VolatileKey {
  /** A `*` at the end stands for the rest of a key, and anywhere else for one part of its path. */
  readonly pattern: string;
  /** One sentence. */
  readonly reason: string;
}

const perNamespace = ({ pattern, reason }: VolatileKey): readonly VolatileKey[] => [
  { pattern, reason },
  { pattern: `namespaces/*/${pattern}`, reason },
];

/**
 * Every key a comparison of stores leaves out. Nothing that users keep is among them: no data of a mount (`logical/`,
 * `auth/`), no policy, and no lease but those of logins, for a lease that vanished on the target was revoked there.
 */
export const volatileKeys: readonly VolatileKey[] = [
  { pattern: 'core/leader/*', reason: 'The active node of each cluster advertises itself here.' },
  { pattern: 'core/lock', reason: 'The active node of each cluster holds this lock.' },
  {
    pattern: 'core/keyring',
    reason: 'OpenBao writes the keyring again whenever it saves how often its keys were used.',
  },
  { pattern: 'core/root-key', reason: 'OpenBao writes the root key again whenever it writes the keyring.' },
  {
    pattern: 'core/raft/tls',
    reason: 'The active node replaces the key for traffic between its nodes once it is 24 hours old.',
  },
  ...[
    { pattern: 'sys/token/id/*', reason: 'Logins make tokens, those of the comparison itself included.' },
    { pattern: 'sys/token/accessor/*', reason: 'Each token of a login has an accessor.' },
    { pattern: 'sys/expire/id/auth/*', reason: 'Each token of a login has a lease, which ends with it.' },
  ].flatMap(perNamespace),
];

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const expressionOf = (pattern: string): RegExp => {
  const open = pattern.endsWith('*');
  const parts = (open ? pattern.slice(0, -1) : pattern).split('*').map(literally);
  // A key may hold line breaks, and `.` would stop there.
  return new RegExp(`^${parts.join('[^/]+')}${open ? '[^]+' : ''}$`);
};

const matchers = volatileKeys.map((volatile) => ({ volatile, expression: expressionOf(volatile.pattern) }));

/** The explanation for a difference of this key; undefined for a key that has to be equal. */
export const explainVolatile = (key: string): VolatileKey | undefined =>
  matchers.find(({ expression }) => expression.test(key))?.volatile;
