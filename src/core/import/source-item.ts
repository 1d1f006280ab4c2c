/** A value of a column as a line of metadata has it; a `bigint` is a number that was written without a fraction. */
export type Scalar = string | bigint | number | boolean;
export type AttributeValue = Scalar | readonly Scalar[];
export type Attributes = ReadonlyMap<string, AttributeValue>;

/** Who made an annotation, in Pixano's words. */
export interface AnnotationSource {
  readonly type: 'model' | 'human' | 'ground_truth' | 'other';
  readonly name: string;
}

interface Annotation {
  /** Pixano's id, where the metadata give one. */
  readonly id: string | null;
  /** Name of the view that it is drawn on; null where the item has only one. */
  readonly view: string | null;
  readonly source: AnnotationSource;
}

export interface Box extends Annotation {
  readonly coords: readonly number[];
  readonly format: 'xywh' | 'xyxy';
  /** Whether the coordinates are shares of the picture's size, and not pixels. */
  readonly isNormalized: boolean;
  /** From 0 to 1; -1 where nobody said. */
  readonly confidence: number;
}

/** A run-length encoded mask, as COCO compresses it. */
export interface Mask extends Annotation {
  /** Height and width. */
  readonly size: readonly number[];
  readonly counts: string;
}

export interface Keypoints extends Annotation {
  readonly templateId: string;
  /** x and y of each point in turn. */
  readonly coords: readonly number[];
  readonly states: readonly string[];
}

/** Something that is seen in an item's views, and how it is marked there. */
export interface SourceEntity {
  readonly id: string | null;
  readonly parentId: string | null;
  readonly attributes: Attributes;
  readonly boxes: readonly Box[];
  readonly masks: readonly Mask[];
  readonly keypoints: readonly Keypoints[];
}

/** What one line of metadata says, whichever Pixano's dialect it is written in. */
export interface MetadataLine {
  readonly id: string | null;
  readonly split: string | null;
  readonly attributes: Attributes;
  /** Each view's name and the picture's address, as it is written. */
  readonly views: readonly { readonly name: string; readonly address: string }[];
  readonly entities: readonly SourceEntity[];
}

/** One item of a source, with files that are there. */
export interface SourceItem extends MetadataLine {
  /** File and line, or the picture's own path: where a person finds it. */
  readonly where: string;
  readonly split: string;
  readonly views: readonly SourceView[];
}

export interface SourceView {
  readonly name: string;
  /** Address within the source, with "/" between its steps. */
  readonly address: string;
}

/** Something of the source that is left out. */
export interface ImportFailure {
  readonly where: string;
  readonly code: string;
  readonly message: string;
}
