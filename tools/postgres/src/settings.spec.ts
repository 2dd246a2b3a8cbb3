import { describe, expect, it } from '@jest/globals';
import { serverArguments } from './settings.js';

describe('the arguments of the server', () => {
  it('hold the defaults, with those asked for over them', () => {
    const given = serverArguments('/srv/data', 5433, { max_connections: '400', work_mem: '8MB' });
    expect(given.slice(0, 2)).toEqual(['-D', '/srv/data']);
    expect(given).toEqual(
      expect.arrayContaining(['max_connections=400', 'work_mem=8MB', 'fsync=on', 'synchronous_commit=on', 'timezone=UTC']),
    );
    expect(given).not.toContain('max_connections=200');
  });

  it('keep it to this machine, whatever was asked for', () => {
    const given = serverArguments('/srv/data', 5433, { listen_addresses: '*', port: '1', unix_socket_directories: '/tmp' });
    expect(given).toEqual(expect.arrayContaining(['listen_addresses=127.0.0.1', 'port=5433', 'unix_socket_directories=']));
    expect(given).not.toContain('listen_addresses=*');
  });
});
