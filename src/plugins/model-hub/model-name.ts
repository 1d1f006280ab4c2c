import { HubError } from './hub-error.ts';

/** Who publishes the models that have no organisation in their name. */
const OPEN_CLIP_ORGANISATION = 'immich-app';
const PART = /^(?!\.{1,2}$)[\w.-]+$/;

/** A model, as whoever fetches it names it: `NAME` or `ORGANISATION/NAME`, with `@REVISION` or without. */
export interface ModelName {
  /** What is looked for on the hub; the first that is there is taken. */
  readonly repositories: readonly string[];
  /** A branch, tag or commit. */
  readonly revision: string | undefined;
  /** The last part of the name. */
  readonly name: string;
}

/** @throws HubError NO_SUCH_MODEL where nothing can have the name */
export function parseModelName(text: string): ModelName {
  const [path = '', revision, ...rest] = text.split('@');
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  const right = parts.length <= 2 && rest.length === 0 && parts.every((part) => PART.test(part));
  if (!right || (revision !== undefined && !PART.test(revision))) {
    throw new HubError(
      'NO_SUCH_MODEL',
      `"${text}" can be no model: name one as NAME__PRETRAINED, or as ORGANISATION/NAME of the hub, with @REVISION where it matters.`,
    );
  }
  const repositories = parts.length === 2 ? [path] : spellings(name).map((each) => `${OPEN_CLIP_ORGANISATION}/${each}`);
  return { repositories, revision, name };
}

/** Some names of weights have dashes on the hub where open_clip has underscores: ViT-B-32__laion2b-s34b-b79k. */
function spellings(name: string): string[] {
  const [model = '', weights = ''] = name.split('__');
  return [...new Set([name, weights === '' ? name : `${model}__${weights.replaceAll('_', '-')}`])];
}
