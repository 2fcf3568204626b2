/** What a k3d lane asks of the machine that runs its clusters, each figure with where it comes from. */

const gibibyte = 1024 ** 3;

export const k3dNeeds = {
  /** k3d's own requirement. */
  engine: { from: [20, 10, 5], described: '20.10.5 or newer' },
  /**
   * Three one-node clusters of Kubernetes 1.34 with everything of the lane in them were measured at 2.7 GiB. A restore doubles
   * what a server holds for a moment.
   */
  memory: {
    bytes: 4 * gibibyte,
    why: '2.7 GiB measured with the whole lane in three one-node clusters of Kubernetes 1.34, and room for a restore',
  },
  /** Added up from the images' sizes, once in the engine and again in every node. */
  disk: {
    bytes: 6 * gibibyte,
    why: 'images, once in the engine and again in each of three nodes',
    /** K3s begins to throw pods out when less is free. */
    share: 0.05,
  },
  /**
   * 19 instances and 325 watches were measured in each one-node cluster; Docker's containers count against one user, with
   * everything else root runs. `advised` are the values that kind's documentation advises for the same reason.
   */
  inotify: {
    'fs.inotify.max_user_instances': { least: 256, advised: 512 },
    'fs.inotify.max_user_watches': { least: 16_384, advised: 524_288 },
  },
  /** From Kubernetes 1.35 on, a kubelet does not start on version 1 unless it is told to. */
  controlGroups: 2,
} as const;
