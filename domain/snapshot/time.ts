/** When a snapshot was taken, as its key in the bucket says: the operator's form, which {@link snapshotKey} writes as well. */
const form = /(?:^|\/)(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z-[0-9a-f]{8}\.snap$/;

/** ISO 8601; undefined for a key of another form. */
export const snapshotTime = (key: string): string | undefined => {
  const [, day, hours, minutes, seconds] = form.exec(key) ?? [];
  if (day === undefined) return undefined;
  const text = `${day}T${hours}:${minutes}:${seconds}Z`;
  return Number.isNaN(Date.parse(text)) ? undefined : text;
};
