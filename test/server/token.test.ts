import { describe, expect, test } from 'vitest';
import { ValidationError } from '../../src/core/errors.ts';
import { Authentication, UnauthenticatedError } from '../../src/server/authentication.ts';
import { parseTokens } from '../../src/server/token.ts';

const SECRET = 'correct-horse-battery-staple';

function scopesOf(settings: readonly string[]) {
  return parseTokens(settings, { local: false }).map(({ name, scope }) => [scope, name]);
}

describe('a token', () => {
  test.each([
    [SECRET, 'admin', 'sha256-87cb'],
    [`read:${SECRET}`, 'read', 'sha256-87cb'],
    [`compute:gallery:${SECRET}`, 'compute', 'gallery'],
    [`admin:${SECRET}==`, 'admin', expect.stringMatching(/^sha256-[0-9a-f]{4}$/)],
  ])('given as %s has its scope and its name', (setting, scope, name) => {
    expect(scopesOf([setting])).toEqual([[scope, name]]);
  });

  test.each([
    ['a scope that is none', `write:${SECRET}`, 'read, compute, admin'],
    ['too many parts', `read:a:b:${SECRET}`, 'SCOPE:NAME:SECRET'],
    ['a name that is none', `read:a b:${SECRET}`, 'has a name'],
    ['nothing in it', '', 'has a secret'],
    ['no secret', 'read:', 'has a secret'],
    ['what no header can carry', `${SECRET} and more`, 'has a secret'],
    ['too few characters', 'read:fifteen-letters', 'fewer than 16'],
  ])('with %s is refused without a word of it', (_what, setting, message) => {
    const refused = () => parseTokens(['another-one-that-is-right', setting], { local: false });
    expect(refused).toThrow(ValidationError);
    expect(refused).toThrow(message);
    expect(refused).toThrow('Token 2');
    expect(refused).not.toThrow(/correct|fifteen-/);
  });

  test('may be short where only users of this machine can guess at it', () => {
    expect(parseTokens(['read:short'], { local: true })).toMatchObject([{ scope: 'read' }]);
  });

  test('is not given twice', () => {
    expect(() => scopesOf([`read:${SECRET}`, `admin:${SECRET}`])).toThrow('twice');
  });

  test('is kept as a hash alone', () => {
    const kept = parseTokens([`read:me:${SECRET}`], { local: false });
    expect(JSON.stringify([kept, kept.map(({ digest }) => digest.toString())])).not.toContain(SECRET);
  });
});

describe('a caller', () => {
  const authentication = new Authentication(parseTokens([`read:me:${SECRET}`], { local: false }));

  test.each([`Bearer ${SECRET}`, `bearer ${SECRET}`, `BEARER   ${SECRET} `])('is known by "%s"', (header) => {
    expect(authentication.callerOf(header, '::1')).toEqual({ name: 'me', scope: 'read', address: '::1' });
  });

  test.each([
    undefined,
    null,
    '',
    'Bearer',
    'Bearer ',
    SECRET,
    `Basic ${SECRET}`,
    `Token ${SECRET}`,
    `Bearer ${SECRET}x`,
    `Bearer ${SECRET.slice(1)}`,
    `Bearer ${SECRET.toUpperCase()}`,
    `Bearer read:me:${SECRET}`,
    `Bearer ${SECRET} ${SECRET}`,
    `Bearer ${SECRET}, Bearer ${SECRET}`,
    `x Bearer ${SECRET}`,
  ])('is not known by "%s"', (header) => {
    expect(() => authentication.callerOf(header, null)).toThrow(UnauthenticatedError);
    expect(() => authentication.callerOf(header, null)).not.toThrow(SECRET);
  });

  test('is anybody where there are no tokens', () => {
    expect(new Authentication([]).callerOf('Bearer whatever', null)).toMatchObject({
      name: 'anonymous',
      scope: 'admin',
    });
  });
});
