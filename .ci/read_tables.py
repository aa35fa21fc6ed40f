"""Reads every table of a published run with DuckDB and compares its rows with the manifest.

    read_tables.py RUN_DIR

Exit codes: 0 equal, 1 different.
"""

import json
import sys
from pathlib import Path

import duckdb


def main(run):
    counts = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["counts"]
    different = 0
    for path in sorted((run / "tables").iterdir()):
        files = str(path / "*.parquet" if path.is_dir() else path)
        rows = duckdb.execute("SELECT count(*) FROM read_parquet(?)", [files]).fetchone()[0]
        # Decodes every value of every column, and stops at the first that cannot be read.
        duckdb.execute("SELECT hash(t) FROM read_parquet(?) t", [files]).fetchall()
        stated = counts.get(path.stem)
        if rows != stated:
            different += 1
            print(f"{path.stem}: {rows} rows, the manifest says {stated}", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
