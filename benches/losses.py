#!/usr/bin/env python3
"""How much of the known truth a run finds.

    python3 benches/losses.py <generated folder> <run folder>

Compares `truth/attachments.csv` of `attachrate generate` with the published tables of a complete run over both drops, and prints for
each relation how many service units are attached to their true hardware line, to another line of the same partner and category, to
something else, or not at all. Needs duckdb and pyarrow (`pip install duckdb pyarrow`).
"""

import argparse
import sys
from pathlib import Path

import duckdb
import pyarrow.dataset as dataset

# A file is known by drop, feed and name; a month that was sent twice has equal lines under both names.
FILE_KEY = r"regexp_replace(regexp_extract({path}, '([^/\\]+[/\\][^/\\]+[/\\][^/\\]+)$', 1), 'resent_', '')"

# Registrations carry no money, renewals and late packs are no attachments under the rules.
NOT_BY_RULE = {"registration_only", "renewal", "too_late"}

LINES = f"""
create table line as
select sale_line_id, partner_id, category_code, {FILE_KEY.format(path="file_path")} as file, line_number
from fact_sale_line join audit_file using (file_id)
"""

TRUTH = f"""
create table truth as
select {FILE_KEY.format(path="t.service_file")} as service_file, t.service_line, t.units, t.relation,
       service.sale_line_id as service_id, hardware.sale_line_id as hardware_id, hardware.partner_id, hardware.category_code
from read_csv(?, header = true) t
left join line service on service.file = {FILE_KEY.format(path="t.service_file")} and service.line_number = t.service_line
left join line hardware on hardware.file = {FILE_KEY.format(path="t.hardware_file")} and hardware.line_number = t.hardware_line
"""

# An add-on is attached with its money and no units: its one pack counts where a row exists.
ATTACHED = """
create table attached as
select service_sale_line_id as service_id, hardware_sale_line_id as hardware_id, hardware.partner_id, hardware.category_code,
       sum(case when attached_units = 0 and attached_amount <> 0 then 1 else attached_units end)::bigint as units
from fact_attachment join line hardware on hardware.sale_line_id = hardware_sale_line_id
group by all
"""

# A service line has one relation, but may belong to several hardware lines.
LOSSES = """
with pair as (
    select truth.*, least(truth.units, coalesce(attached.units, 0)) as on_pair
    from truth left join attached using (service_id, hardware_id)
), service as (
    select service_file, service_line, any_value(relation) as relation, any_value(service_id) as service_id, sum(units) as units,
           sum(on_pair) as on_pair, any_value(partner_id) as partner_id, any_value(category_code) as category_code
    from pair group by all
), found as (
    select service.relation, service.units, service.on_pair,
           coalesce(sum(attached.units), 0) as anywhere,
           coalesce(sum(attached.units) filter (
               attached.partner_id = service.partner_id and attached.category_code = service.category_code), 0) as alike
    from service left join attached using (service_id)
    group by service_file, service_line, service.relation, service.units, service.on_pair
), split as (
    select relation, units, on_pair, least(units - on_pair, alike - on_pair) as on_another,
           least(units - on_pair, anywhere - on_pair) - least(units - on_pair, alike - on_pair) as elsewhere
    from found
)
select relation, sum(units)::bigint, sum(on_pair)::bigint, sum(on_another)::bigint, sum(elsewhere)::bigint,
       sum(units - on_pair - on_another - elsewhere)::bigint
from split group by relation order by 2 desc, 1
"""

UNTRUE = """
select coalesce(sum(units), 0)::bigint from attached where service_id not in (select service_id from truth where service_id is not null)
"""


def table(run: Path, name: str):
    """A published table, one file or a folder of parts."""
    single = run / "tables" / f"{name}.parquet"
    path = single if single.exists() else run / "tables" / name
    if not path.exists():
        sys.exit(f"losses: {run} has no table {name}")
    return dataset.dataset(path, format="parquet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("generated", type=Path, help="output of `attachrate generate`")
    parser.add_argument("run", type=Path, help="published run over both drops of it")
    arguments = parser.parse_args()
    truth = arguments.generated / "truth" / "attachments.csv"
    if not truth.exists():
        sys.exit(f"losses: no {truth}")

    database = duckdb.connect()
    for name in ("fact_sale_line", "fact_attachment", "audit_file"):
        database.register(name, table(arguments.run, name))
    database.execute(LINES)
    database.execute(TRUTH, [str(truth)])
    database.execute(ATTACHED)
    missing = database.execute("select count(*) from truth where hardware_id is null").fetchone()[0]
    rows = database.execute(LOSSES).fetchall()
    untrue = database.execute(UNTRUE).fetchone()[0]

    heads = ("relation", "true units", "true pair", "same partner", "elsewhere", "not attached", "lost %")
    print("{:<26}{:>11}{:>11}{:>14}{:>11}{:>14}{:>9}".format(*heads))
    total = [0] * 5
    for relation, *counts in rows:
        note = " *" if relation in NOT_BY_RULE else ""
        show(relation + note, counts)
        if relation not in NOT_BY_RULE:
            total = [a + b for a, b in zip(total, counts)]
    show("total without *", total)
    print("\n* is no attachment under the rules; for these, not attached is right")
    print("same partner: on another hardware line of the same partner and category, which changes no index")
    print(f"attached units of services that the truth does not attach (returned packs): {untrue}")
    if missing:
        print(f"truth rows whose hardware line is not among the accepted lines: {missing}")


def show(name: str, counts: list[int]) -> None:
    """Prints a row; the last count in percent of the first."""
    lost = 100 * counts[4] / counts[0] if counts[0] else 0.0
    print("{:<26}{:>11}{:>11}{:>14}{:>11}{:>14}{:>9.1f}".format(name, *counts, lost))


if __name__ == "__main__":
    main()
