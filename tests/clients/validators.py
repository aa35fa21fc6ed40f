"""Programs that hold the tables against their contract. Each gives a line for every problem that it finds."""

import contextlib
import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path


def datacontract(run, command):
    """datacontract-cli: the contract is valid, and the tables keep it."""
    lint = subprocess.run([command, "lint", "contract.odcs.yaml"], cwd=run, capture_output=True, text=True, check=False)
    if lint.returncode != 0:
        yield f"lint: {lint.stdout.strip()}"
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "results.json"
        arguments = ["test", "contract.odcs.yaml", "--output", str(output), "--output-format", "json"]
        test = subprocess.run([command, *arguments], cwd=run, capture_output=True, text=True, check=False)
        if not output.exists():
            yield f"test: {(test.stdout + test.stderr).strip()[-2000:]}"
            return
        results = json.loads(output.read_text(encoding="utf-8"))
    found = [f"{check['name']}: {check.get('reason')}" for check in results["checks"] if check["result"] not in ("passed", "warning")]
    yield from found
    if not any(check["result"] == "passed" for check in results["checks"]):
        yield "test: no check was carried out"
    if test.returncode != 0 and not found:
        yield f"test: {test.stdout.strip()[-2000:]}"


def frictionless(run):
    """frictionless: types, required values, keys and references by datapackage.json."""
    from frictionless import Checklist, Package

    yield from hashes(run)
    with working_in(run), rows_handed_over():
        report = Package("datapackage.json").validate(checklist(Checklist))
    yield from (message for (message,) in report.flatten(["message"]))


def frictionless_natively(run, names):
    """The same through frictionless' own Parquet reader, which takes minutes for a large table."""
    from frictionless import Checklist, Package

    with working_in(run):
        package = Package("datapackage.json")
        reports = {name: package.get_resource(name).validate(checklist(Checklist)) for name in names}
    yield from (f"{name}: {message}" for name, report in reports.items() for (message,) in report.flatten(["message"]))


def checklist(kind):
    """It compares no sizes and hashes of Parquet files: `hashes` does."""
    return kind(skip_errors=["byte-count", "hash-count"])


@contextlib.contextmanager
def working_in(folder):
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def hashes(run):
    """Sizes and hashes of the data package."""
    package = json.loads((run / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        for file in resource.get("parts", [resource]):
            content = (run / file["path"]).read_bytes()
            if (len(content), "sha256:" + hashlib.sha256(content).hexdigest()) != (file["bytes"], file["hash"]):
                yield f"{file['path']}: size or hash differs from the data package"


@contextlib.contextmanager
def rows_handed_over():
    """frictionless reads Parquet through pandas, in time that grows with the square of the columns; here pyarrow hands the rows over."""
    from frictionless.formats.parquet.parser import ParquetParser
    from pyarrow import parquet

    def rows(self):
        table = parquet.read_table(self.resource.normpath)
        yield table.column_names
        for batch in table.to_batches():
            yield from zip(*(column.to_pylist() for column in batch.columns))

    own = ParquetParser.read_cell_stream_create
    ParquetParser.read_cell_stream_create = rows
    try:
        yield
    finally:
        ParquetParser.read_cell_stream_create = own
