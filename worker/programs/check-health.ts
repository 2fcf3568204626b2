/** For the health check of a container that has no other program for it: exit code 0 when the address answers 2xx. */
const [, , address = ''] = process.argv;
const healthy = await fetch(address, { signal: AbortSignal.timeout(4_000) }).then(
  ({ ok }) => ok,
  () => false,
);
process.exitCode = healthy ? 0 : 1;
