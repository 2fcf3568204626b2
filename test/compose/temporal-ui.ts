/** What a browser does for a person who sends a signal from Temporal's UI. */

interface SignalFromUi {
  readonly workflowId: string;
  readonly signal: string;
  /** JSON-safe. */
  readonly input: unknown;
}

/** Sends a signal to a workflow of the namespace `default`; throws when the UI at `address` does not take it. */
export const signalAsUi = async (address: string, { workflowId, signal, input }: SignalFromUi): Promise<void> => {
  const page = await fetch(`http://${address}/`);
  const cookie = page.headers.getSetCookie().find((line) => line.startsWith('_csrf='));
  // A browser keeps such a cookie for TLS, and the UI refuses what comes without it.
  const token = cookie === undefined || /;\s*secure/i.test(cookie) ? '' : cookie.slice('_csrf='.length).split(';')[0]!;
  const path = `api/v1/namespaces/default/workflows/${encodeURIComponent(workflowId)}/signal/${signal}`;
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  const payload = { metadata: { encoding: encode('json/plain') }, data: encode(JSON.stringify(input)) };
  const answer = await fetch(`http://${address}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: `_csrf=${token}`, 'x-csrf-token': token },
    body: JSON.stringify({ input: { payloads: [payload] } }),
  });
  if (!answer.ok) throw new Error(`the UI refused the signal: ${answer.status} ${await answer.text()}`);
};
