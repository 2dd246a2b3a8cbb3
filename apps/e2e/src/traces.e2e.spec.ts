import { followsOneTrace } from './traces.suite.js';

followsOneTrace('the in-process bus', async (databases) => ({ BUS_DATABASE_URL: databases.of('bus').infrastructureUrl }));
