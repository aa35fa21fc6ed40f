"""Planted faults: copies of a few tables of a run, each with one thing wrong, that every validator must notice."""

import hashlib
import json
import shutil

import pyarrow
import yaml
from pyarrow import parquet

# The tables of a copy: those that the faulty one refers to.
KEPT = ["dim_category", "dim_partner", "fact_partner_category"]


def drop_column(table):
    """A column is missing."""
    return table.drop_columns(["expected_amount"])


def lose_value(table):
    """A required value is missing."""
    place = table.schema.get_field_index("category_code")
    values = table["category_code"].to_pylist()
    return table.set_column(place, "category_code", pyarrow.array([None, *values[1:]], pyarrow.string()))


def repeat_key(table):
    """A key stands twice."""
    return pyarrow.concat_tables([table, table.slice(0, 1)])


def change_type(table):
    """An amount is text."""
    place = table.schema.get_field_index("hardware_amount")
    values = [f"USD {value}" for value in table["hardware_amount"].to_pylist()]
    return table.set_column(place, "hardware_amount", pyarrow.array(values, pyarrow.string()))


def break_reference(table):
    """A partner is unknown."""
    place = table.schema.get_field_index("partner_id")
    values = table["partner_id"].to_pylist()
    return table.set_column(place, "partner_id", pyarrow.array(["NOBODY", *values[1:]], pyarrow.string()))


# Each with a word that a message must have, so that the fault is noticed for what it is.
FAULTS = [
    (drop_column, "expected_amount"),
    (lose_value, "category_code"),
    (repeat_key, "key"),
    (change_type, "hardware_amount"),
    (break_reference, "partner_id"),
]


def copy(run, folder, fault=None):
    """A copy of the kept tables, the last of them with the fault."""
    (folder / "tables").mkdir(parents=True)
    for name in KEPT:
        shutil.copy(run / "tables" / f"{name}.parquet", folder / "tables")
    contract = yaml.safe_load((run / "contract.odcs.yaml").read_text(encoding="utf-8"))
    contract["schema"] = [schema for schema in contract["schema"] if schema["name"] in KEPT]
    package = json.loads((run / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"] = [resource for resource in package["resources"] if resource["name"] in KEPT]
    if fault is not None:
        path = folder / "tables" / f"{KEPT[-1]}.parquet"
        parquet.write_table(fault(parquet.read_table(path)), path)
        # Each fault must be found by what the tables hold, not by the size, the hash or the sums of the file.
        for schema in contract["schema"]:
            del schema["quality"]
        for resource in package["resources"]:
            content = (folder / resource["path"]).read_bytes()
            resource.update(bytes=len(content), hash="sha256:" + hashlib.sha256(content).hexdigest())
    (folder / "contract.odcs.yaml").write_text(yaml.safe_dump(contract, sort_keys=False), encoding="utf-8")
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


def unnoticed(run, scratch, validators):
    """A line for every fault that a validator does not notice, and for every complaint about a copy without a fault."""
    sound = scratch / "sound"
    copy(run, sound)
    for name, validate in validators.items():
        yield from (f"{name} on a sound copy: {problem}" for problem in validate(sound))
    for fault, word in FAULTS:
        folder = scratch / fault.__name__
        copy(run, folder, fault)
        for name, validate in validators.items():
            problems = list(validate(folder))
            if not any(word in problem for problem in problems):
                yield f"{name} does not notice: {fault.__doc__} It says: {problems[:5]}"
