import { expect, test } from 'vitest';
import { isLoopback } from '../../src/server/loopback.ts';

test.each([
  '127.0.0.1',
  '127.0.0.2',
  '127.255.255.254',
  '::1',
  '0:0:0:0:0:0:0:1',
  '0000::0001',
  'localhost',
  'LocalHost',
])('%s is reached from this machine alone', (host) => expect(isLoopback(host)).toBe(true));

test.each([
  '0.0.0.0',
  '::',
  '',
  '*',
  '0',
  '::ffff:127.0.0.1',
  '::ffff:0.0.0.0',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '::1%lo',
  '[::1]',
  '127.1',
  '2130706433',
  '0x7f.0.0.1',
  '127.0.0.1.example.org',
  '127.0.0.1:80',
  ' 127.0.0.1',
  'localhost.',
  'localhost.example.org',
  'my-machine',
  '192.168.1.7',
  '10.0.0.1',
  '128.0.0.1',
  'fe80::1',
])('"%s" may be reached from elsewhere', (host) => expect(isLoopback(host)).toBe(false));
