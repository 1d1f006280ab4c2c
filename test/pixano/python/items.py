"""Pixano 0.6.12 at work on one dataset of the items layout. usage: items.py CHECKPOINTS LIBRARY MEDIA"""
from conversation import converse
from tiny_clip import OPTIONS
import datetime
import sys
from pathlib import Path

import lancedb
import shortuuid
from fastapi.testclient import TestClient
from pixano.app.main import create_app
from pixano.app.settings import Settings, get_settings
from pixano.datasets import Dataset, DatasetInfo, DatasetItem
from pixano.datasets.builders import ImageFolderBuilder
from pixano.datasets.dataset_schema import SchemaRelation
from pixano.features import BBox, Entity, Image, ItemRef, KeyPoints, ViewEmbedding

library, media = Path(sys.argv[2]), Path(sys.argv[3])
dataset = None


class Category(Entity):
    category: str


class PictureItem(DatasetItem):
    image: Image
    objects: list[Category]


class AnnotatedItem(PictureItem):
    bboxes: list[BBox]
    keypoints: list[KeyPoints]
    image_type: str
    metadata: str


def build(folder, annotated=False):
    """Makes a dataset of the pictures in a folder below `media`."""
    info = DatasetInfo(id=folder, name=folder, description="")
    item = AnnotatedItem if annotated else PictureItem
    builder = ImageFolderBuilder(
        media_dir=media, library_dir=library, dataset_item=item, info=info, dataset_path=folder
    )
    builder.build(mode="create")
    return open(folder)


def open(folder):
    """Opens a dataset anew, and tells what Pixano knows of it."""
    global dataset
    dataset = Dataset(library / folder, media_dir=media)
    schema = dataset.schema
    return {
        "tables": sorted(schema.schemas),
        "embeddings": sorted(dataset.schema.groups[next(g for g in schema.groups if g.value == "embeddings")]),
        "relations": {name: relation.value for name, relation in schema.relations["item"].items()},
        "items": dataset.num_rows,
    }


def create_table(table, mode="create"):
    schema = ViewEmbedding.create_schema(embedding_fn="open-clip", table_name=table, dataset=dataset, **OPTIONS)
    dataset.create_table(name=table, schema=schema, relation_item=SchemaRelation.ONE_TO_ONE, mode=mode)


def compute(table, views=None, limit=None):
    """Appends a row for each of these views, or for the first so many, as the tutorial does. Gives their ids."""
    now = datetime.datetime.now()
    chosen = dataset.get_data("image", ids=views) if views is not None else dataset.get_data("image", limit=limit)
    rows = [
        {
            "id": shortuuid.uuid(),
            "created_at": now,
            "updated_at": now,
            "item_ref": {"id": view.item_ref.id, "name": view.item_ref.name},
            "view_ref": {"id": view.id, "name": "image"},
        }
        for view in chosen
    ]
    dataset.compute_view_embeddings(table, rows)
    return [row["id"] for row in rows]


def search(query, table, limit=10, skip=0):
    items, distances, ids = dataset.semantic_search(query, table, limit=limit, skip=skip)
    return {"items": [item.id for item in items], "distances": distances, "all": ids}


def browse(folder, **query):
    """What its own server answers to its own page of items."""
    settings = Settings(library_dir=str(library), media_dir=str(media))
    app = create_app(settings)
    app.dependency_overrides[get_settings] = lambda: settings
    answer = TestClient(app).get(f"/browser/{folder}", params=query)
    body = answer.json()
    if answer.status_code != 200:
        return {"status": answer.status_code, "body": body}
    rows = body["table_data"]["rows"]
    return {
        "status": 200,
        "tables": body["semantic_search"],
        "rows": [{"id": row["id"], "distance": row.get("distance")} for row in rows],
    }


def data(table, limit=10):
    """Rows as Pixano's own models read them."""
    rows = [row.model_dump(exclude={"vector"}) for row in dataset.get_data(table, limit=limit)]
    return {"count": dataset.open_table(table).count_rows(), "rows": rows}


def items(limit):
    """Whole items as Pixano puts them together, without ids and times."""

    def annotated(item):
        return {
            "file": Path(item.image.url).name,
            "attributes": [item.split, item.image_type, item.metadata],
            "picture": [item.image.width, item.image.height, item.image.format],
            "categories": [entity.category for entity in item.objects],
            "boxes": [[box.coords, box.format, box.is_normalized, box.confidence] for box in item.bboxes],
            "boxed": [box.entity_ref.resolve(dataset).category for box in item.bboxes],
            "keypoints": [[points.template_id, points.coords, points.states] for points in item.keypoints],
        }

    return sorted((annotated(item) for item in dataset.get_dataset_items(limit=limit)), key=lambda item: item["file"])


def sizes(limit):
    """Width and height of the pictures as they are opened."""
    return {view.id: list(view.open(media, "image").size) for view in dataset.get_data("image", limit=limit)}


def add_item(id, url, width, height):
    """A new item with one view."""
    attributes = {name: "" for name in ("image_type", "metadata") if name in dataset.schema.schemas["item"].model_fields}
    item = dataset.schema.schemas["item"](id=id, split="all", **attributes)
    view = Image(
        id=f"{id}_view", item_ref=ItemRef(id=id, name="item"), url=url, width=width, height=height, format="PNG"
    )
    dataset.add_data("item", [item], raise_or_warn="none")
    dataset.add_data("image", [view], raise_or_warn="none")
    return view.id


def delete(table, ids):
    return dataset.delete_data(table, ids)


def delete_items(ids):
    """With all that belongs to them."""
    return dataset.delete_dataset_items(ids)


def append_one_by_one(table, views):
    """As many appends as views, each a version of the table."""
    return [id for view in views for id in compute(table, views=[view])]


def compute_each(table):
    """Every view by itself. Gives why it cannot be computed, for each item with such a view."""
    failures = {}
    for view in dataset.get_data("image", limit=1000):
        try:
            compute(table, views=[view.id])
        except Exception as error:
            failures[view.item_ref.id] = str(error)
    return failures


def index(table):
    """The index that LanceDB makes by default, over vectors compared as the table is searched."""
    lance = lancedb.connect(dataset.path / "db").open_table(table)
    lance.create_index(metric="L2", num_partitions=4, num_sub_vectors=16)
    return lance.count_rows()


converse(
    build, open, create_table, compute, search, browse, data, items, sizes, add_item, delete, delete_items,
    append_one_by_one, compute_each, index,
)
