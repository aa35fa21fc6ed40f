"""Reads the outputs of a published run with the programs that their users have, and compares them with the manifest.

    main.py RUN_DIR --datacontract COMMAND [--old-python PYTHON] [--spark]

Every client must be installed; one that is missing fails. Only pyarrow 4.0.1 may be absent, where no Python takes it: this is said.
Spark needs a Java runtime, pyspark and the packages of the other clients in one environment.
Exit codes: 0 all agree, 1 one differs or is missing.
"""

import argparse
import sys
import tempfile
import time
import traceback
from functools import partial
from pathlib import Path

import faults
import readers
import snippets
import validators
import workbook

SMALL = ["dim_category", "dim_exception", "dim_partner", "fact_partner_index", "audit_gate"]


def main():
    arguments = parse()
    run = arguments.run.resolve()
    datacontract = partial(validators.datacontract, command=arguments.datacontract)
    clients = {
        "DuckDB, catalog.sql": readers.duckdb_catalog,
        "DuckDB, the SQL of docs/bi.md": snippets.problems,
        "pyarrow": readers.arrow,
        "Tableau Hyper": readers.hyper,
        "datacontract-cli": datacontract,
        "frictionless": validators.frictionless,
        "frictionless, its own Parquet reader": partial(validators.frictionless_natively, names=SMALL),
    }
    clients["openpyxl, the call list"] = workbook.with_openpyxl
    clients["LibreOffice, the call list"] = workbook.with_libreoffice
    if arguments.old_python:
        clients["pyarrow 4.0.1"] = partial(readers.old_arrow, python=arguments.old_python)
    else:
        print("pyarrow 4.0.1: NOT READ, no Python 3.8 or 3.9 was found")
    if arguments.spark:
        clients["Spark"] = readers.spark
    with tempfile.TemporaryDirectory() as scratch:
        noticing = {"datacontract-cli": datacontract, "frictionless": validators.frictionless}
        clients["planted faults"] = partial(faults.unnoticed, scratch=Path(scratch), validators=noticing)
        failed = [name for name, client in clients.items() if not agrees(name, client, run)]
    print(f"{len(clients) - len(failed)} clients agree, {len(failed)} do not")
    return 1 if failed else 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a published run")
    parser.add_argument("--datacontract", required=True, help="the datacontract command")
    parser.add_argument("--old-python", help="a Python with pyarrow 4.0.1")
    parser.add_argument("--spark", action="store_true", help="read the tables with pyspark too")
    return parser.parse_args()


def agrees(name, client, run):
    """Whether a client finds nothing; prints what it finds."""
    begin = time.monotonic()
    try:
        problems = list(client(run))
    except Exception:
        problems = [traceback.format_exc().rstrip()]
    seconds = time.monotonic() - begin
    print(f"{name}: {'agrees' if not problems else 'DIFFERS'} ({seconds:.0f} s)")
    for problem in problems[:20]:
        print(f"  {problem}")
    if len(problems) > 20:
        print(f"  and {len(problems) - 20} more")
    sys.stdout.flush()
    return not problems


if __name__ == "__main__":
    sys.exit(main())
