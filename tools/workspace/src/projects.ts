import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const RootPackage = z.object({ workspaces: z.array(z.string()) });
const ProjectPackage = z.object({ nx: z.object({ name: z.string(), tags: z.array(z.string()) }) });

export interface Project {
  /** As Nx calls it. */
  readonly name: string;
  /** From the checkout: `apps/gateway`. */
  readonly folder: string;
  readonly tags: readonly string[];
}

/** Every package of the workspace, as the root package.json lists them. */
export function projectsOf(root: string): Project[] {
  const { workspaces } = RootPackage.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const leftOut = workspaces.filter((pattern) => pattern.startsWith('!')).map((pattern) => `${pattern.slice(1)}/package.json`);
  const packages = globSync(
    workspaces.filter((pattern) => !pattern.startsWith('!')).map((pattern) => `${pattern}/package.json`),
    { cwd: root, exclude: leftOut },
  );
  return packages
    .sort()
    .map((path) => ({ ...ProjectPackage.parse(JSON.parse(readFileSync(join(root, path), 'utf8'))).nx, folder: dirname(path) }));
}
