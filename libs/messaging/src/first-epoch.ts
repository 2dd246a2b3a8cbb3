/**
 * The `epoch` of the first life of a service's database, and what its rows are stamped with in every one. A later life's messages carry its own,
 * and that is what readers compare by (decision 0022).
 */
export const FIRST_EPOCH = 1;
