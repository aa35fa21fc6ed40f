"""Runs the sample once under every reading of a published run, and compares each partner's figures and verdict with fact_partner_reading.

    readings.py BINARY ROOT RUN_DIR WORK

ROOT has pipelines/ and sample_data/; the changed pipelines are written to copies in WORK. Every such run is itself worked out again in SQL. Of leave-one-out,
a few partners are taken out of the program, each in a run of its own, and the rates that are left must expect the same of them. Exit codes: 0 equal, 1 different.
"""

import csv
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import duckdb

import recompute

FIGURES = ["hardware_amount", "services_amount", "expected_amount", "hardware_units", "services_units", "expected_units", "verdict_code",
           "not_assessed_code"]
LEFT_OUT = 3


def main(binary, root, run, work):
    base = duckdb.connect()
    text = (root / "pipelines" / "sample.toml").read_text(encoding="utf-8")
    codes = [code for code, in base.execute(f"SELECT DISTINCT reading_code FROM {table(run, 'fact_partner_reading')} ORDER BY 1").fetchall()]
    different = 0
    for code in codes:
        if code == "leave_one_out":
            different += leave_one_out(binary, root, run, work, base, text)
            continue
        pipelines = place(root, work, code)
        (pipelines / "sample.toml").write_text(changed(text, code), encoding="utf-8")
        found = execute(binary, pipelines, work)
        names = ", ".join(FIGURES)
        reading = f"SELECT partner_id, measure_code, {names}, pri_rate FROM {table(run, 'fact_partner_reading')} WHERE reading_code = '{code}'"
        pri = "CASE measure_code WHEN 'units' THEN units_pri_rate ELSE revenue_pri_rate END"
        index = (f"SELECT partner_id, measure_code, {names.replace('services_units', 'attached_units')}, {pri}"
                 f" FROM {table(found, 'fact_partner_index')}")
        unequal = base.execute(f"({reading} EXCEPT {index}) UNION ALL ({index} EXCEPT {reading}) ORDER BY 1").fetchall()
        partners, moved = base.execute(f"SELECT count(*), count(*) FILTER (NOT is_same_verdict) FROM {table(run, 'fact_partner_reading')}"
                                       f" WHERE reading_code = '{code}'").fetchone()
        print(f"{code}: {partners} partners compared, {moved} with another verdict, {len(unequal)} rows different")
        for row in unequal[:4]:
            print(f"    {row}")
        different += len(unequal)
        print(f"{code}: the run under it, worked out again in SQL", end=": ", flush=True)
        different += recompute.main(found, is_brief=True)
    return 1 if different or not codes else 0


def table(run, name):
    return f"read_parquet('{run}/tables/{name}.parquet')"


def place(root, work, name):
    """A copy of the pipelines whose sample_data is the original."""
    folder = work / name
    shutil.copytree(root / "pipelines", folder / "pipelines")
    (folder / "sample_data").symlink_to((root / "sample_data").resolve())
    return folder / "pipelines"


def replaced(text, before, after):
    if text.count(before) != 1:
        raise ValueError(f"the sample has {before!r} {text.count(before)} times")
    return text.replace(before, after)


def changed(text, code):
    """The sample's configuration with the reading's rule."""
    if code.startswith("window_"):
        # The windows stay the same set, so that lines are read back by the same longest window.
        days = int(code.removeprefix("window_"))
        others = ", ".join(str(window) for window in sorted({60, 90, 120} - {days}))
        text = replaced(text, "windows_days = [60, 120]", f"windows_days = [{others}]")
        return text + f"\n[attach]\nwindow_days = {days}\n"
    if code == "without_exceptions":
        return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("exceptions = "))
    if code == "measure_units":
        return replaced(text, "[verdict]\n", '[verdict]\nmeasure = "units"\n')
    added = {"services_all": '[benchmark]\nservices = "all"\n', "windows_closed": '[benchmark]\nwindows = "closed"\n',
             "serial_invoice": '[attach]\nrungs = ["serial", "invoice"]\n'}
    return text + "\n" + added[code]


def execute(binary, pipelines, work):
    """Runs a pipeline; the runs share a folder, so that what a change does not touch is taken over."""
    subprocess.run([binary, "run", str(pipelines / "sample.toml"), "--out", str(work / "out")], check=True, capture_output=True)
    return (work / "out" / "current").resolve()


def leave_one_out(binary, root, run, work, base, text):
    """Partners with most hardware first, as their going moves rates most."""
    partners = base.execute(f"SELECT partner_id, expected_amount, expected_units FROM {table(run, 'fact_partner_reading')}"
                            f" WHERE reading_code = 'leave_one_out' AND verdict_code <> 'not_assessed'"
                            f" ORDER BY hardware_amount DESC, partner_id LIMIT {LEFT_OUT}").fetchall()
    different = 0
    for partner, amount, units in partners:
        pipelines = place(root, work, f"without_{partner}")
        (pipelines.parent / "sample_data").unlink()
        shutil.copytree(root / "sample_data", pipelines.parent / "sample_data")
        take_out(pipelines.parent / "sample_data" / "reference" / "partners.csv", partner)
        (pipelines / "sample.toml").write_text(text, encoding="utf-8")
        found = execute(binary, pipelines, work)
        cells = base.execute(f"""
            SELECT CAST(own.hardware_amount * 100 AS HUGEINT), own.hardware_units, CAST(rate_services_amount * 100 AS HUGEINT),
                   CAST(rate_hardware_amount * 100 AS HUGEINT), unit_rate_attached_units, unit_rate_hardware_units
            FROM {table(run, 'fact_partner_cell')} own LEFT JOIN {table(found, 'fact_benchmark_cell')} rate
            USING (category_code, country_code, region_code, segment_code, price_band_code, maturity_code)
            WHERE own.partner_id = '{partner}'""").fetchall()
        if any(cell[3] is None for cell in cells):
            print(f"leave_one_out: of a cell of {partner} nobody is left, so its rate is not in the table: not compared")
            continue
        by_amount = round(sum(Fraction(cell[0] * cell[2], cell[3]) for cell in cells))
        by_units = round(1_000_000 * sum(Fraction(cell[1] * cell[4], cell[5]) for cell in cells))
        is_equal = (by_amount, by_units) == (amount * 100, units * 1_000_000)
        print(f"leave_one_out: {partner} out of the program, {len(cells)} cells, {'equal' if is_equal else 'different'}")
        if not is_equal:
            print(f"    published {amount} and {units}, by the others' rates {by_amount} cents and {by_units} millionths")
            different += 1
    return different


def take_out(path, partner):
    """Says in the partner table that a partner is not in the program."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    column = next(name for name in rows[0] if "program" in name)
    for row in rows:
        if partner in row.values():
            row[column] = next(other[column] for other in rows if other[column].lower() in ("no", "false", "0", "n"))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    sys.exit(main(*(Path(argument) for argument in sys.argv[1:])))
