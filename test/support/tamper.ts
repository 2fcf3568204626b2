/** Changes one byte of an object in a real bucket, as a bad disk or a bad actor would. */
import { buffer } from 'node:stream/consumers';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ActivityPorts } from '../../activities/ports/activity-ports.js';
import type { Bucket } from '../../domain/pair/topology.js';

export const flipByte = async ({ buckets, materials }: ActivityPorts, bucket: Bucket, key: string): Promise<void> => {
  const content = await buckets.with(bucket, async (store) => buffer((await store.download({ key })).body));
  const middle = Math.floor(content.length / 2);
  content[middle] = content[middle]! ^ 1;
  const client = new S3Client({
    endpoint: bucket.endpoint,
    region: bucket.region,
    forcePathStyle: bucket.forcePathStyle,
    credentials: {
      accessKeyId: await materials.read(bucket.accessKeyId!),
      secretAccessKey: await materials.read(bucket.secretAccessKey!),
    },
  });
  await client.send(new PutObjectCommand({ Bucket: bucket.name, Key: key, Body: content }));
  client.destroy();
};
