export { type DataOfJob, defineJob, type Job } from './define-job.js';
export { type EnqueueOptions, type JobRun, type JobWork, Jobs } from './jobs.js';
export { jobTables } from './job-tables.js';
