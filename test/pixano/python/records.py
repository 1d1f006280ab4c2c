"""Pixano 0.7.2, or 0.8.0, at work on one dataset of the records layout. usage: records.py CHECKPOINTS LIBRARY"""
from conversation import converse
from tiny_clip import OPTIONS
import contextlib
import sys
from pathlib import Path

import PIL.Image
import shortuuid
from pixano.datasets import Dataset, DatasetInfo
from pixano.schemas import Image, Record, ViewEmbedding

library = Path(sys.argv[2])
dataset = None
lock = contextlib.ExitStack()


def build(folder, pictures):
    """Makes a dataset of the pictures in a folder, which it holds itself."""
    info = DatasetInfo(id=folder, name=folder, record=Record, views={"image": Image})
    made = Dataset.create(library / folder, info)
    files = sorted(path for path in Path(pictures).rglob("*") if path.is_file())
    made.add_records(
        {
            "records": [Record(id=path.stem, split="train") for path in files],
            "images": [picture(path.stem, path) for path in files],
        }
    )
    return open(folder)


def picture(id, path):
    fields = {"id": f"{id}_view", "record_id": id, "logical_name": "image", "raw_bytes": path.read_bytes()}
    try:
        return Image.from_bytes(**fields)
    except (OSError, ValueError):
        # Pixano cannot make the preview of a picture in CMYK, or in 16 bits.
        opened = PIL.Image.open(path)
        return Image(**fields, width=opened.width, height=opened.height, format=opened.format)


def open(folder):
    """Opens a dataset anew, and tells what Pixano knows of it."""
    global dataset
    dataset = Dataset(library / folder)
    return {"tables": sorted(dataset.info.tables), "records": dataset.num_rows}


def create_table(table, exist_ok=False, mode="create"):
    schema = ViewEmbedding.create_schema("open-clip", table, dataset, **OPTIONS)
    dataset.create_table(table, schema, exist_ok=exist_ok, mode=mode)
    return dataset.open_table(table).count_rows()


def compute(table, views=None, limit=None):
    """Appends a row for each of these views, or for the first so many. Gives their ids."""
    chosen = dataset.get_data("images", ids=views) if views is not None else dataset.get_data("images", limit=limit)
    rows = [
        {"id": shortuuid.uuid(), "record_id": view.record_id, "view_id": view.id, "frame_id": view.id}
        for view in chosen
    ]
    dataset.compute_view_embeddings(table, rows)
    return [row["id"] for row in rows]


def append_one_by_one(table, views):
    """As many appends as views, each a version of the table."""
    return [id for view in views for id in compute(table, views=[view])]


def compute_each(table):
    """Every view by itself. Gives why it cannot be computed, for each item with such a view."""
    failures = {}
    for view in dataset.get_data("images", limit=1000):
        try:
            compute(table, views=[view.id])
        except Exception as error:
            failures[view.record_id] = str(error)
    return failures


def search(query, table, limit=10, skip=0):
    records, distances, ids = dataset.semantic_search(query, table, limit=limit, skip=skip)
    return {"items": [record.id for record in records], "distances": distances, "all": ids}


def data(table, limit=10):
    rows = [row.model_dump(exclude={"vector", "raw_bytes", "preview"}) for row in dataset.get_data(table, limit=limit)]
    return {"count": dataset.open_table(table).count_rows(), "rows": rows}


def sizes(limit):
    """Width and height of the pictures as they are opened."""
    return {view.id: list(view.open().size) for view in dataset.get_data("images", limit=limit)}


def add_record(id, path):
    """A new record with one view."""
    dataset.add_records({"records": [Record(id=id, split="train")], "images": [picture(id, Path(path))]})
    return f"{id}_view"


def delete(table, ids):
    return dataset.delete_data(table, ids)


def delete_records(ids):
    """With what belongs to them."""
    return dataset.delete_records(ids)


def hold_lock(folder):
    """As 0.8.0 does while it writes."""
    from pixano.datasets.locking import dataset_mutation_lock

    lock.enter_context(dataset_mutation_lock(library / folder))


def release_lock():
    lock.close()


converse(
    build, open, create_table, compute, append_one_by_one, compute_each, search, data, sizes, add_record, delete, delete_records,
    hold_lock, release_lock,
)
