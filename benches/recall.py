#!/usr/bin/env python3
"""Precision and recall of attachments on generated data with known truth, for clean data and for missing keys.

    python3 benches/recall.py --attachrate target/release/attachrate --work <folder>

Generates the same market four times: whole, and with 1, 5 and 20 % of the sale records without their serials, as many without their invoice number, and
as many without their end customer (`attachrate generate --missing-keys`). Each is run with the sample's pipeline and compared with `truth/attachments.csv`.
Prints Markdown. Needs duckdb and pyarrow (`pip install duckdb pyarrow`).
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from losses import ATTACHED, LINES, NOT_BY_RULE, TRUTH, table

# What the rules make no attachment is not true either.
TRUE_PAIRS = f"""
create table true_pair as
select service_id, hardware_id, partner_id, category_code, sum(units)::bigint as units
from truth where relation not in ({", ".join(f"'{name}'" for name in sorted(NOT_BY_RULE))}) group by all
"""

# An add-on is attached with its money and no units: its packs count. Units of one pair are taken down the ladder.
FOUND = """
create table found as
select service_sale_line_id as service_id, hardware_sale_line_id as hardware_id, rung_code,
       list_position(['serial', 'invoice', 'order', 'customer', 'pool'], rung_code) as rung, sum(packs_units)::bigint as units
from fact_attachment group by all
"""

# Of each rung: units attached; of these, on their true hardware line; on a line of the true partner and category, which moves no index.
RUNGS = """
with pair as (
    select rung, rung_code, found.service_id, found.units,
           greatest(0, least(found.units, coalesce(true_pair.units, 0) - coalesce(sum(found.units) over above, 0))) as on_pair
    from found left join true_pair using (service_id, hardware_id)
    window above as (partition by found.service_id, found.hardware_id order by rung rows between unbounded preceding and 1 preceding)
), alike as (
    select service_id, partner_id, category_code, sum(units)::bigint as units from true_pair group by all
), group_found as (
    select rung, rung_code, service_id, line.partner_id, line.category_code, sum(found.units)::bigint as units
    from found join line on line.sale_line_id = found.hardware_id group by all
), on_alike as (
    select rung, rung_code,
           greatest(0, least(group_found.units, coalesce(alike.units, 0) - coalesce(sum(group_found.units) over above, 0))) as units
    from group_found left join alike using (service_id, partner_id, category_code)
    window above as (partition by service_id, group_found.partner_id, group_found.category_code order by rung
                     rows between unbounded preceding and 1 preceding)
)
select rung_code, units, on_pair, on_alike
from (select rung, rung_code, sum(units)::bigint as units, sum(on_pair)::bigint as on_pair from pair group by all)
join (select rung, sum(units)::bigint as on_alike from on_alike group by all) using (rung)
order by rung
"""


def compare(generated: Path, run: Path):
    """(true units, [(rung, attached, on the true pair, on the true partner and category)])"""
    base = duckdb.connect()
    for name in ("fact_sale_line", "fact_attachment", "audit_file"):
        base.register(name, table(run, name))
    base.execute(LINES)
    base.execute(TRUTH, [str(generated / "truth" / "attachments.csv")])
    base.execute(ATTACHED)
    base.execute(TRUE_PAIRS)
    base.execute(FOUND)
    true_units = base.execute("select sum(units)::bigint from true_pair").fetchone()[0]
    return true_units, base.execute(RUNGS).fetchall()


def run_market(arguments, percent: int):
    """Generates and runs the market with so many missing keys; gives its data and its run."""
    folder = arguments.work / f"missing_{percent}"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    data = folder / "sample_data"
    partners = max(1, arguments.lines // 500)
    counts = ["--lines", str(arguments.lines), "--partners", str(partners), "--seed", str(arguments.seed)]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([arguments.attachrate, "generate", *counts, "--missing-keys", str(percent), "--out", str(data)], **quiet)
    shutil.copytree(arguments.pipelines, folder / "pipelines")
    subprocess.run([arguments.attachrate, "run", str(folder / "pipelines" / "sample.toml"), "--out", str(folder / "out")], **quiet)
    return data, folder / "out" / "current"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--attachrate", required=True, help="the program")
    parser.add_argument("--work", type=Path, required=True, help="folder for markets and runs")
    parser.add_argument("--pipelines", type=Path, default=Path(__file__).parent.parent / "pipelines")
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--missing", type=int, nargs="*", default=[0, 1, 5, 20], help="percent of records without each key")
    arguments = parser.parse_args()
    print("| missing | rung | attached units | precision, line | precision, partner and category | recall so far, line | recall so far, partner and category |")
    print("|---|---|---|---|---|---|---|")
    for percent in arguments.missing:
        true_units, rungs = compare(*run_market(arguments, percent))
        so_far = [0, 0]
        total = [0, 0, 0]
        for rung, units, on_pair, on_alike in rungs:
            so_far = [so_far[0] + on_pair, so_far[1] + on_alike]
            total = [a + b for a, b in zip(total, (units, on_pair, on_alike))]
            show(f"{percent} %", rung, units, on_pair, on_alike, so_far, true_units)
        show(f"{percent} %", "all", *total, so_far, true_units)
        sys.stdout.flush()


def show(percent, rung, units, on_pair, on_alike, so_far, true_units) -> None:
    """Prints a row."""
    shares = [on_pair / units, on_alike / units, *(found / true_units for found in so_far)]
    print(f"| {percent} | {rung} | {units:,} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |")


if __name__ == "__main__":
    main()
