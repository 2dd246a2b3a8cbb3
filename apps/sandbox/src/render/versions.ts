/** The version whose shapes are stored: the newest that the pinned SDK knows. */
export const API_VERSION = '2026-10-28.endive';

/** `2024-06-20`, `2025-03-31.basil`: a day, and since acacia a name. */
export const isVersion = (version: string): boolean => /^20\d\d-[01]\d-[0-3]\d(\.[a-z]+)?$/.test(version);

/** Versions are as old as their days. */
export const isBefore = (version: string, other: string): boolean => version.slice(0, 10) < other.slice(0, 10);
