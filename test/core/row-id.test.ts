import { expect, test } from 'vitest';
import { embeddingRowId } from '../../src/core/row-id.ts';

test('the id of a view’s row is the same for ever: tables on disk are full of them', () => {
  expect(embeddingRowId('emb_open-clip', { table: 'image', id: '5dtm5rFNNd7QMtgEZHe7BG' })).toBe(
    'ocgygiukbeQAResVCWsdNU',
  );
});

test('it differs where the table, or the view’s table or id, does, and is written as Pixano writes ids', () => {
  const ids = ['emb', 'emb_2'].flatMap((table) =>
    ['image', 'image_2'].flatMap((view) => ['a', 'b', ''].map((id) => embeddingRowId(table, { table: view, id }))),
  );
  expect(new Set(ids).size).toBe(12);
  for (const id of ids) expect(id).toMatch(/^[2-9A-HJ-NP-Za-km-z]{22}$/);
});
