import { inject } from 'vitest';

/** The real programs that tests run; {@link inject}ed by the global set-up, which finds or installs them once. */
export type TestTool = 'bao' | 'temporal' | 'traefik' | 'weed';

declare module 'vitest' {
  interface ProvidedContext {
    toolPaths: Readonly<Record<TestTool, string>> & { readonly rustfs?: string };
  }
}

export const toolPath = (tool: TestTool): string => inject('toolPaths')[tool];
