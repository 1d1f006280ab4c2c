import type { Choices } from './choices.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import type { KnownDataset } from './world.ts';

/** What an operation is about. */
export interface OperationContext {
  readonly dataset: KnownDataset;
  readonly datasets: readonly KnownDataset[];
  readonly jobs: readonly string[];
  readonly kind: 'query' | 'mutation' | 'subscription';
}

interface RandomScalar {
  readonly value: unknown;
  /** Whether it may lead to another dataset than the one that is asked about. */
  readonly strays: boolean;
}

const SIZES = [1, 2, 3, 5, 0, 10, 50, 100, 500, -1, 501, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 1.5];
const NUMBERS = [0, 1, -1, 0.5, 1e308, -1e308, 5e-324, 2 ** 53, 1e15];
const OTHERS: readonly unknown[] = [
  null,
  true,
  7,
  -0.5,
  [],
  {},
  [[]],
  { a: { b: [null] } },
  '2024-05-31T12:30:00Z',
  '9223372036854775808',
];
/** Tables that mutations may make and take away; those that searches need are not among them. */
const SCRATCH = [
  'scratch_a',
  'scratch_b',
  'scratch_c',
  'scratch d',
  "scratch'e",
  '../scratch',
  'scratch/f',
  '.scratch',
  'image',
  '',
];
const FUNCTIONS = ['open-clip', 'open-clip', 'open-clip', 'siglip', 'nope', '', '__proto__'];
const ADDRESSES = [
  'http://127.0.0.1/',
  'http://169.254.169.254/latest/meta-data',
  'http://[::1]/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://user@127.0.0.1:22/',
  'file:///etc/passwd',
  'gopher://127.0.0.1/',
  'data:image/png;base64,AAAA',
  'http://',
  'x',
];

/** A value of an argument, or of a field of an input, by its name and its type. */
export function scalarOf(name: string, type: string, context: OperationContext, choices: Choices): RandomScalar {
  const { dataset, datasets, kind, jobs } = context;
  const own = (value: unknown): RandomScalar => ({ value, strays: false });
  if (choices.rarely(100)) return own(choices.of(OTHERS));
  const garbage = [
    ...HOSTILE_TEXTS,
    ...HOSTILE_TEXTS.map((text) => Buffer.from(`Dataset:${text}`).toString('base64url')),
  ];
  if (type === 'Int') return own(choices.of(choices.below(4) > 0 ? SIZES.slice(0, 4) : SIZES));
  if (type === 'Float') return own(choices.of(NUMBERS));
  if (type === 'Boolean') return own(choices.below(2) === 1);
  if (type === 'JSON') return own(jsonOf(name, context, choices));
  if (choices.rarely(12) && name !== 'folder') return own(choices.of(type === 'ID' ? garbage : HOSTILE_TEXTS));
  if (type === 'ID') {
    const foreign = choices.rarely(15);
    const of = foreign ? choices.of(datasets) : dataset;
    const strays = of !== dataset;
    if (name === 'dataset') return { value: of.id, strays };
    if (name === 'view') return { value: choices.of(of.viewIds), strays };
    if (name === 'ids') return { value: choices.of([...of.viewIds, ...of.itemIds, ...of.otherIds]), strays };
    // The root fields of jobs take an `id`, and so does `node`.
    if (kind !== 'query') return { value: choices.of([...jobs, of.id]), strays: true };
    return { value: choices.of([...of.itemIds, ...of.viewIds, ...of.otherIds]), strays };
  }
  const { columns, tables, items } = dataset;
  switch (name) {
    case 'folder':
      return own(dataset.folder);
    case 'name':
    case 'table':
      if (kind === 'mutation') return own(choices.of([...SCRATCH.slice(0, 3), ...SCRATCH]));
      return own(choices.of([...columns, ...tables, dataset.name]));
    case 'column':
      return own(choices.of(columns));
    case 'pixanoId':
      return own(choices.of([dataset.pixanoId, ...items]));
    case 'embeddingFunction':
      return own(choices.of(FUNCTIONS));
    case 'after':
    case 'before':
      return own(
        Buffer.from(choices.of(['at:0', 'at:3', 'at:999999999999', 'at:-1', '{"by":[],"keys":[],"id":"x"}'])).toString(
          'base64url',
        ),
      );
    case 'imageUrl':
      return own(choices.of(ADDRESSES));
    default:
      return own(choices.of(['red cells', 'os', 'IVF_FLAT', ...HOSTILE_TEXTS]));
  }
}

function jsonOf(name: string, { dataset }: OperationContext, choices: Choices): unknown {
  if (name === 'options')
    return choices.of([{}, {}, { name: 'ViT-B-32' }, { name: '../x' }, { nope: 1 }, [], 'x', { normalize: 'x' }]);
  return choices.of<unknown>([...dataset.values, ...dataset.values, ...dataset.items, ...HOSTILE_TEXTS, ...OTHERS]);
}
