/**
 * The `epoch` of versions in the first life of a writer's database. A later one, opened after the database was set back, is stamped on every
 * row when its state is announced again (road 2.0 c).
 */
export const FIRST_EPOCH = 1;
