import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './npm-start.js';

/** A fenced block of a guide, in the order in which a reader comes to it. */
export type GuideBlock =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'commands'; readonly text: string }
  /** What the commands before it print; `…` stands for anything. */
  | { readonly kind: 'output'; readonly text: string };

const FENCE = /^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm;

/** The blocks of a guide in docs/guides: those with a file's name are files, `sh` is commands, everything else is output. */
export function blocksOf(guide: string): GuideBlock[] {
  const text = readFileSync(join(CHECKOUT, 'docs', 'guides', guide), 'utf8');
  return [...text.matchAll(FENCE)].map(([, language, name, block = '']): GuideBlock => {
    if (name !== undefined) return { kind: 'file', name, text: block };
    return { kind: language === 'sh' ? 'commands' : 'output', text: block };
  });
}

/** Whether that was printed; what a guide leaves out with `…` may be anything. */
export function asPrinted(block: string): RegExp {
  const parts = block.trim().split('…');
  return new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*?'));
}
