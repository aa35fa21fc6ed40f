"""What a run says of its tables, as the clients are compared with it: rows and totals from the manifest, columns from the data contract."""

import json
from decimal import Decimal

import yaml


class Table:
    """A published table as the manifest and the contract state it."""

    def __init__(self, run, schema, rows, totals):
        self.name = schema["name"]
        self.path = run / "tables" / f"{self.name}.parquet"
        self.files = sorted(self.path.glob("*.parquet")) if self.path.is_dir() else [self.path]
        self.columns = {column["name"]: column["physicalType"] for column in schema["properties"]}
        self.required = [column["name"] for column in schema["properties"] if column["required"]]
        self.rows = rows
        self.totals = {column: Decimal(total) for column, total in totals.items()}


def tables(run):
    """Every table of a run."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    contract = yaml.safe_load((run / "contract.odcs.yaml").read_text(encoding="utf-8"))
    found = [
        Table(run, schema, manifest["counts"][schema["name"]], manifest["totals"][schema["name"]])
        for schema in contract["schema"]
    ]
    stated = {path.split("/")[1].removesuffix(".parquet") for path in manifest["outputs"] if path.startswith("tables/")}
    assert stated == {table.name for table in found}, "the contract and the manifest list different tables"
    return found


def differences(table, rows, totals, columns=None):
    """How what a client read differs from what the run states. `totals` by column; `columns` with their types in the client's words."""
    if rows != table.rows:
        yield f"{table.name}: {rows} rows, the manifest says {table.rows}"
    for column, total in table.totals.items():
        # A sum over no values is none in SQL.
        if Decimal(totals[column] or 0) != total:
            yield f"{table.name}.{column}: the sum is {totals[column]}, the manifest says {total}"
    if columns is not None:
        stated = list(table.columns.items())
        if [name for name, _ in columns] != [name for name, _ in stated]:
            yield f"{table.name}: the columns are {columns}, the contract says {stated}"
        else:
            yield from (f"{table.name}.{own[0]}: {own[1]}, the contract says {other[1]}" for own, other in zip(columns, stated) if own != other)
