#!/usr/bin/env python3
"""Speed and memory of a run beside DuckDB on the same files, measured in one sitting.

    pip install duckdb
    python3 benches/compare.py --attachrate target/release/attachrate --work <folder>

Generates a population (kept in the work folder for the next time) and measures three jobs, one after the other, several times over:

    attachrate   `attachrate run` into an empty folder
    job          benches/duckdb_job.sql: the same job as an SQL script
    load         benches/duckdb_load.sql: the same files merely loaded as text into zstd Parquet

Each is a process of its own with the same threads and memory limit; times are wall times, from the start of the process to its
end. The ratios are taken within a round, and their median is printed. At the end the totals of both are compared: a job that does
something else has no speed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

BENCHES = Path(__file__).resolve().parent
PIPELINES = BENCHES.parent / "pipelines"
SALES_FEEDS = ("distributor_a", "distributor_b", "vendor_direct")
# DuckDB reads no X12, and workbooks are another job: both sides do without the two small senders.
LEFT_OUT = ("distributor_c", "distributor_d")

# Hardware money is the same work in both; attached money is not, since the SQL has two rungs of the ladder.
HARDWARE_TOLERANCE = 0.005

# A child of its own, so that DuckDB's memory and start count as those of any program.
DUCKDB_CHILD = """
import sys, tomllib
import duckdb
script, threads, memory = sys.argv[1:]
with open("pipeline.toml", "rb") as file:
    period = tomllib.load(file)["period"]
connection = duckdb.connect(config={"threads": threads, "memory_limit": memory})
for variable, day in (("period_from", "from"), ("period_to", "to"), ("as_of", "as_of")):
    connection.execute(f"SET VARIABLE {variable} = DATE '{period[day]}'")
with open(script, encoding="utf-8") as file:
    connection.execute(file.read())
"""


@dataclass
class Measured:
    """What one process took."""

    seconds: float
    peak_bytes: int


def measure(command: list[str], folder: Path, log: Path) -> Measured:
    """Runs a command to its end. Its output goes to `log`; a failure ends the comparison."""
    with log.open("wb") as output:
        start = time.monotonic()
        child = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        sys.exit(f"exit code {child.returncode} of {' '.join(command[:3])} …\n{tail}")
    # Linux counts kibibytes, macOS bytes.
    return Measured(seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def population(attachrate: Path, work: Path, lines: int, partners: int) -> Path:
    """The folder of a generated population with its pipeline file, as all jobs expect it; made unless it is there."""
    folder = work / f"{lines}-lines-{partners}-partners"
    complete = folder / "pipeline.toml"
    if complete.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(PIPELINES / "reference", folder / "reference")
    generate = [str(attachrate), "generate", "--lines", str(lines), "--partners", str(partners), "--out", "data"]
    measure(generate, folder, folder / "generate.log")
    for left_out in LEFT_OUT:
        for sent in folder.glob(f"data/*/{left_out}"):
            shutil.rmtree(sent)
    head, *sections = (PIPELINES / "sample.toml").read_text(encoding="utf-8").split("\n[[feed]]\n")
    kept = [section for section in sections if not section.startswith(tuple(f'id = "{left_out}"' for left_out in LEFT_OUT))]
    sample = "\n[[feed]]\n".join([head, *kept])
    keep_locations(folder / "data/reference/locations.csv", SALES_FEEDS)
    # Last, since its presence says that the rest is whole.
    complete.write_text(sample.replace("../sample_data/", "data/"), encoding="utf-8")
    return folder


def keep_locations(locations: Path, feeds: tuple[str, ...]) -> None:
    """Leaves the locations of these feeds alone in the table: a run takes no other feed's."""
    header, *rows = locations.read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if row.split(",", 1)[0] in feeds]
    locations.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")


def convert_to_utf8(folder: Path) -> None:
    """Distributor B's files once more as UTF-8: DuckDB reads no Windows-1252. Not timed, which is to DuckDB's advantage."""
    target = folder / "utf8"
    if target.exists():
        return
    unfinished = folder / "utf8.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    for source in sorted(folder.glob("data/*/distributor_b/*.txt")):
        copy = unfinished / source.relative_to(folder / "data")
        copy.parent.mkdir(parents=True, exist_ok=True)
        with source.open(encoding="cp1252", newline="") as raw, copy.open("w", encoding="utf-8", newline="") as text:
            shutil.copyfileobj(raw, text, 1 << 20)
    unfinished.rename(target)


def count_sale_lines(folder: Path) -> int:
    """Lines of all sales files less their headers: restated and repeated ones too, since a run accounts for them."""
    lines = 0
    for feed in SALES_FEEDS:
        for path in folder.glob(f"data/*/{feed}/*"):
            with path.open("rb") as file:
                lines += sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) - 1
    return lines


def run_command(attachrate: Path, threads: int, memory: str) -> list[str]:
    """The measured run of the product, inside a population's folder."""
    return [str(attachrate), "run", "pipeline.toml", "--out", "run", "--threads", str(threads), "--memory", memory]


def run_once(job: str, commands: dict[str, list[str]], folder: Path) -> Measured:
    """One job with nothing left of an earlier one: published tables, cached work, spilled data."""
    for leftover in ("run", ".tmp") if job == "attachrate" else ("out", ".tmp"):
        shutil.rmtree(folder / leftover, ignore_errors=True)
    if job != "attachrate":
        (folder / "out").mkdir()
    measured = measure(commands[job], folder, folder / f"{job}.log")
    if job == "job":
        shutil.rmtree(folder / "job-out", ignore_errors=True)
        (folder / "out").rename(folder / "job-out")
    return measured


def totals(folder: Path) -> list[tuple[str, float, float]]:
    """Money and attached units by the product and by the SQL job."""
    import duckdb  # Only now: its memory would count as the peak of the processes started after it.

    # Partners outside the population too: both tables have them.
    query = "SELECT sum(hardware_amount), sum(services_amount), sum(attached_units) FROM read_parquet(?)"
    ours, sql = (
        duckdb.execute(query, [str(path)]).fetchone()
        for path in (folder / "run/current/tables/fact_partner_index.parquet", folder / "job-out/fact_partner_index.parquet")
    )
    names = ("hardware money", "attached services money", "attached units")
    return [(name, float(a), float(b)) for name, a, b in zip(names, ours, sql)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attachrate", type=Path, required=True, help="the release binary")
    parser.add_argument("--work", type=Path, required=True, help="folder for the population and all outputs")
    parser.add_argument("--lines", type=int, default=5_000_000)
    parser.add_argument("--partners", type=int, default=5_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="2GiB", help="memory limit of all jobs, with a binary unit")
    parser.add_argument("--runs", type=int, default=3, help="rounds")
    parser.add_argument("--sql-only", action="store_true", help="only the two DuckDB jobs")
    arguments = parser.parse_args()

    attachrate = arguments.attachrate.resolve()
    folder = population(attachrate, arguments.work.resolve(), arguments.lines, arguments.partners)
    convert_to_utf8(folder)
    lines = count_sale_lines(folder)

    duckdb_command = [sys.executable, "-c", DUCKDB_CHILD]
    limits = [str(arguments.threads), arguments.memory]
    commands = {
        "attachrate": run_command(attachrate, arguments.threads, arguments.memory),
        "job": [*duckdb_command, str(BENCHES / "duckdb_job.sql"), *limits],
        "load": [*duckdb_command, str(BENCHES / "duckdb_load.sql"), *limits],
    }
    if arguments.sql_only:
        del commands["attachrate"]

    version = subprocess.run(
        [sys.executable, "-c", "import duckdb; print(duckdb.__version__)"], check=True, capture_output=True, text=True
    ).stdout.strip()
    print(f"{lines:,} sale lines in the files, {arguments.partners:,} partners; {os.cpu_count()} cores; DuckDB {version}")
    print(f"every job: {arguments.threads} threads, memory limit {arguments.memory}\n")

    rounds: list[dict[str, Measured]] = []
    for number in range(arguments.runs):
        # Every second round backwards, so that no job always follows the same one.
        order = list(commands) if number % 2 == 0 else list(reversed(commands))
        measured = {job: run_once(job, commands, folder) for job in order}
        rounds.append(measured)
        times = ", ".join(f"{job} {measured[job].seconds:.1f} s" for job in commands)
        print(f"round {number + 1}: {times}", flush=True)

    print(f"\n{'median':<12} {'seconds':>9} {'lines/s':>11} {'peak MiB':>9}")
    for job in commands:
        seconds = median(measured[job].seconds for measured in rounds)
        peak = median(measured[job].peak_bytes for measured in rounds)
        print(f"{job:<12} {seconds:>9.1f} {lines / seconds:>11,.0f} {peak / 2**20:>9,.0f}")
    if arguments.sql_only:
        return

    print()
    for job, meaning in (("job", "DuckDB doing the same job"), ("load", "DuckDB merely loading the files")):
        ratios = [measured["attachrate"].seconds / measured[job].seconds for measured in rounds]
        print(f"attachrate / {meaning}: {', '.join(f'{ratio:.2f}' for ratio in ratios)}; median {median(ratios):.2f}")

    print(f"\n{'fiscal year':<24} {'attachrate':>20} {'SQL job':>20}")
    compared = totals(folder)
    for name, ours, sql in compared:
        print(f"{name:<24} {ours:>20,.2f} {sql:>20,.2f}")
    _, ours, sql = compared[0]
    if abs(ours - sql) > HARDWARE_TOLERANCE * abs(ours):
        sys.exit("the hardware money differs: these are not the same job")


if __name__ == "__main__":
    main()
