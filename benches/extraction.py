#!/usr/bin/env python3
"""Speed of extraction beside DuckDB on the same delimited files, measured in one sitting.

    pip install duckdb
    python3 benches/extraction.py --attachrate target/release/attachrate --work <folder>

Two settings of a generated population (kept in the work folder for the next time):

    as sent     the files of all feeds as the senders send them
    one file    the records of distributor A in one large file

attachrate   the stage `extract` of `attachrate run` into an empty folder, by the run's own log: every record is checked, typed, given its partner,
             product and money, and written to the typed columns that the next stages read, with its place; what does not fit is quarantined
DuckDB       benches/duckdb_load.sql, or the same for the one file: every field as text into zstd Parquet, by its own clock without its start

Both with the same threads and memory limit, in turns, every second round the other way about. The ratio is taken within a round. DuckDB may leave
out records that it cannot read, as many as the damaged ones; a load that loses more has no speed, and ends the comparison.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

from compare import BENCHES, convert_to_utf8, count_sale_lines, keep_locations, measure, population, run_command

# A child of its own, so that it begins with nothing in memory.
DUCKDB_CHILD = """
import sys, time
import duckdb
script, threads, memory = sys.argv[1:]
connection = duckdb.connect(config={"threads": threads, "memory_limit": memory})
connection.execute("SET enable_progress_bar = false")
start = time.monotonic()
connection.execute(script)
seconds = time.monotonic() - start
(records,), = connection.execute("SELECT sum(num_rows) FROM parquet_file_metadata('out/*.parquet')").fetchall()
print(seconds, records)
"""

# Lines of the files that may be missing from what DuckDB wrote: headers, trailers and damaged records.
LOST_AT_MOST = 0.001

# As in duckdb_load.sql, for one file. DuckDB reads parts of it at the same time; in its strict mode a stray quote makes it leave out all that
# follows in a part, most of the file.
ONE_FILE = """
SET preserve_insertion_order = false;
COPY (
    SELECT * FROM read_csv('data/one/all.csv', auto_detect = false, header = true, ignore_errors = true,
        strict_mode = false, delim = ',', quote = '"', escape = '"', columns = {{{columns}}})
) TO 'out/one.parquet' (FORMAT parquet, COMPRESSION zstd);
"""


def one_file(folder: Path) -> Path:
    """A folder with all of distributor A's records in one file, and a pipeline that reads it alone."""
    target = folder / "one"
    if target.exists():
        return target
    unfinished = folder / "one.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "data/one").mkdir(parents=True)
    with (unfinished / "data/one/all.csv").open("wb") as whole:
        for number, source in enumerate(sorted(folder.glob("data/*/distributor_a/*.csv"))):
            with source.open("rb") as file:
                header = file.readline()
                if number == 0:
                    whole.write(header)
                shutil.copyfileobj(file, whole, 1 << 20)
    for reference in ("reference", "data/reference"):
        shutil.copytree(folder / reference, unfinished / reference)
    keep_locations(unfinished / "data/reference/locations.csv", ("distributor_a",))
    pipeline = (folder / "pipeline.toml").read_text(encoding="utf-8")
    head, feed, *_ = pipeline.split("[[feed]]")
    feed = feed.split("[feed.restatement]")[0].replace("data/*/distributor_a/*.csv", "data/one/all.csv")
    # What a person decided names records of the other files.
    rules = [line for line in pipeline[pipeline.index("[reference]") :].splitlines() if not line.startswith(("exceptions", "adjustments"))]
    (unfinished / "pipeline.toml").write_text(f"{head}[[feed]]{feed}" + "\n".join(rules) + "\n", encoding="utf-8")
    unfinished.rename(target)
    return target


def of_attachrate(attachrate: Path, folder: Path, threads: int, memory: str) -> float:
    """Seconds of the stage `extract`."""
    shutil.rmtree(folder / "run", ignore_errors=True)
    measure(run_command(attachrate, threads, memory), folder, folder / "extraction.log")
    (log,) = (folder / "run/logs").glob("*.jsonl")
    for line in log.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line).get("fields", {})
        if fields.get("stage") == "extract" and "milliseconds" in fields:
            return fields["milliseconds"] / 1000
    sys.exit(f"{log} does not tell the time of the stage `extract`")


def lines_of(files: list[Path]) -> int:
    """Line ends of the files."""
    lines = 0
    for path in files:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                lines += block.count(b"\n")
    return lines


def of_duckdb(script: str, lines: int, folder: Path, threads: int, memory: str) -> float:
    """Seconds of the script, which must write nearly so many records."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    (folder / "out").mkdir()
    child = [sys.executable, "-c", DUCKDB_CHILD, script, str(threads), memory]
    done = subprocess.run(child, cwd=folder, check=True, capture_output=True, text=True)
    seconds, records = done.stdout.split()
    if int(records) < lines * (1 - LOST_AT_MOST):
        sys.exit(f"DuckDB wrote {int(records):,} records of {lines:,} lines")
    return float(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attachrate", type=Path, required=True, help="the release binary")
    parser.add_argument("--work", type=Path, required=True, help="folder for the population and all outputs")
    parser.add_argument("--lines", type=int, default=5_000_000)
    parser.add_argument("--partners", type=int, default=5_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="2GiB", help="memory limit of both, with a binary unit")
    parser.add_argument("--runs", type=int, default=3, help="rounds")
    arguments = parser.parse_args()

    attachrate = arguments.attachrate.resolve()
    as_sent = population(attachrate, arguments.work.resolve(), arguments.lines, arguments.partners)
    convert_to_utf8(as_sent)
    one = one_file(as_sent)
    with (one / "data/one/all.csv").open(encoding="utf-8") as file:
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in file.readline().strip().split(","))
    settings = {
        "as sent": (as_sent, (BENCHES / "duckdb_load.sql").read_text(encoding="utf-8"), "data/2*/*/*"),
        "one file": (one, ONE_FILE.format(columns=columns), "data/one/*"),
    }
    print(f"{count_sale_lines(as_sent):,} sale lines as sent, {arguments.threads} threads, memory limit {arguments.memory}\n")
    print(f"{'':<10} {'attachrate, s':>14} {'DuckDB, s':>10} {'DuckDB ÷ attachrate':>20}")
    for name, (folder, script, files) in settings.items():
        limits = (folder, arguments.threads, arguments.memory)
        lines = lines_of([path for path in folder.glob(files) if path.is_file()])
        ours, theirs = [], []
        for number in range(arguments.runs):
            jobs = [lambda: ours.append(of_attachrate(attachrate, *limits)), lambda: theirs.append(of_duckdb(script, lines, *limits))]
            for job in jobs if number % 2 == 0 else reversed(jobs):
                job()
        ratios = [their / our for our, their in zip(ours, theirs)]
        print(f"{name:<10} {median(ours):>14.2f} {median(theirs):>10.2f} {median(ratios):>20.2f}", flush=True)


if __name__ == "__main__":
    main()
