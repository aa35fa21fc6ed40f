"""Works out every figure of fact_partner_index, fact_partner_category, fact_benchmark_cell, fact_dispersion, fact_open_window and
fact_partner_funnel a second time, in SQL, from the sale lines, attachments, partners, categories and open records of a published run, and
compares them.

    recompute.py RUN_DIR

The rules are those of docs/method.md, stated in the files *.sql beside this one; no aggregate table is read, except fact_partner_reading for the
counts of readings. Integers, dates and codes must be equal, ratios to 1e-12. Exit codes: 0 equal, 1 different.
"""

import json
import math
import statistics
import sys
from fractions import Fraction
from pathlib import Path

import duckdb

import quantiles

HERE = Path(__file__).parent
TOLERANCE = 1e-12
# A limit that is the square of a difference near 0 has no more digits.
ZERO = 1e-18
CELL = ["category_code", "country_code", "region_code", "segment_code", "price_band_code", "maturity_code"]
INPUTS = ["fact_sale_line", "fact_attachment", "fact_registration", "dim_partner", "dim_category", "fact_partner_reading", "audit_file",
          "audit_calendar", "audit_quarantine", "audit_open_record"]
PUBLISHED = ["fact_partner_index", "fact_partner_category", "fact_benchmark_cell", "fact_dispersion", "fact_open_window", "fact_partner_funnel"]


def main(run, is_brief=False):
    """Compares, and prints every column, or with `is_brief` those that differ; gives 1 where one does."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    base = duckdb.connect()
    for table in INPUTS + PUBLISHED:
        path = run / "tables" / f"{table}.parquet"
        files = str(path / "*.parquet" if path.is_dir() else path)
        base.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{files.replace(chr(39), chr(39) * 2)}')")
    confidence = parameters(base, manifest["parameters"])
    for script in ["01_lines", "02_benchmark", "03_leave_one_out"]:
        base.execute((HERE / f"{script}.sql").read_text(encoding="utf-8"))
    leave_one_out(base)
    for script in ["04_orders", "05_index", "06_plan", "07_hold"]:
        base.execute((HERE / f"{script}.sql").read_text(encoding="utf-8"))
    intervals(base, confidence)
    funnel(base, confidence, manifest["funnel"])
    actions(base, manifest["parameters"])
    different = 0
    for script, table, key in [("compare_index", "fact_partner_index", ["partner_id"]),
                               ("compare_category", "fact_partner_category", ["partner_id", "category_code"]),
                               ("compare_cell", "fact_benchmark_cell", CELL),
                               ("compare_dispersion", "fact_dispersion", ["measure_code", "family_code", "bin_number"]),
                               ("compare_open_window", "fact_open_window", ["sale_line_id"]),
                               ("compare_funnel", "fact_partner_funnel", ["partner_id", "measure_code"])]:
        different += compare(base, (HERE / f"{script}.sql").read_text(encoding="utf-8"), table, key, is_brief)
    print("equal" if different == 0 else f"{different} figures differ")
    return 1 if different else 0


def parameters(base, given):
    """The run's parameters as a table of one row, the ladder of levels and the tiers; gives the confidence."""
    cells = given["benchmark.cells"].split(", ")
    if given["benchmark.services"] == "all":
        cells = [name for name in cells if name not in ("maturity", "price_band")]
    harbor = [given.get(f"verdict.safe_harbor.{name}") or None for name in ("min_hardware_amount", "min_services_amount")]
    safe = [None if value is None else round(Fraction(value) * 100) for value in harbor]
    columns = {
        "as_of": f"DATE '{given['period.as_of']}'",
        "population": given["benchmark.population"], "windows_scope": given["benchmark.windows"], "services_scope": given["benchmark.services"],
        "min_partners": int(given["benchmark.min_partners"]), "decides": given["verdict.measure"],
        "near_line": int(Fraction(given["verdict.near"]) * 10000), "at_line": int(Fraction(given["verdict.at"]) * 10000),
        "min_hardware_units": int(given["verdict.min_hardware_units"]),
        "min_hardware_amount": round(Fraction(given["verdict.min_hardware_amount"]) * 100),
        "max_open_ppm": int(Fraction(given["verdict.max_open_percent"]) * 10000),
        "safe_hardware": safe[0], "safe_services": safe[1], "window_days": int(given["attach.window_days"]),
        "credit": given["attach.credit"],
        **{f"has_{short}": name in cells for short, name in
           [("country", "country"), ("region", "region"), ("segment", "segment"), ("band", "price_band"), ("maturity", "maturity")]},
    }
    base.execute("CREATE TABLE param AS SELECT " + ", ".join(f"{literal(value)} AS {name}" for name, value in columns.items()))
    base.execute("CREATE TABLE ladder (level INTEGER, level_code VARCHAR, product VARCHAR, by_country BOOLEAN, by_region BOOLEAN,"
                 " by_segment BOOLEAN, by_band BOOLEAN, by_maturity BOOLEAN)")
    for level, (code, product, names) in enumerate(ladder(cells)):
        flags = [name in names for name in ("country", "region", "segment", "price_band", "maturity")]
        base.execute("INSERT INTO ladder VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [level, code, product, *flags])
    base.execute("CREATE TABLE tier (tier_code VARCHAR, from_line BIGINT)")
    for tier in filter(None, given["verdict.tiers"].split(", ")):
        name, line = tier.split(" from ") if " from " in tier else tier.split(" ")
        base.execute("INSERT INTO tier VALUES (?, ?)", [name, int(Fraction(line) * 10000)])
    return Fraction(given["verdict.confidence"])


def literal(value):
    if value is None:
        return "CAST(NULL AS HUGEINT)"
    return f"'{value}'" if isinstance(value, str) and not value.startswith("DATE ") else str(value)


def ladder(cells):
    """Levels of the back-off, finest first: maturity is dropped first, then the price band, then the segment; the region takes the country's
    place; then category, family, all."""
    names = [name for name in cells if name != "category"]
    sets = [names]
    for dropped in ["maturity", "price_band", "segment"]:
        if dropped in sets[-1]:
            sets.append([name for name in sets[-1] if name != dropped])
    if "country" in sets[-1]:
        sets.append(["region"])
    if sets[-1]:
        sets.append([])
    levels = [("_".join(["category", *names]), "category", names) for names in sets]
    levels[0] = ("cell", "category", sets[0])
    return levels + [("family", "family", []), ("all", "all", [])]


def leave_one_out(base):
    """What the others' rates expect, as an exact sum of fractions, which no SQL number holds; rounded half to even for showing."""
    base.execute("CREATE TABLE others_expected (measure VARCHAR, partner_id VARCHAR, rounded HUGEINT, exact DOUBLE)")
    sums = {}
    for measure, partner, own, services, hardware in base.execute(
            "SELECT measure, partner_id, own_hardware, services, hardware FROM others_rate").fetchall():
        before = sums.get((measure, partner), Fraction(0))
        if own == 0 or before is None:
            sums[measure, partner] = before
        else:
            sums[measure, partner] = None if hardware is None else before + Fraction(own * services, hardware)
    for (measure, partner), total in sums.items():
        if total is not None:
            scale = 1 if measure == "revenue" else 1_000_000
            base.execute("INSERT INTO others_expected VALUES (?, ?, ?, ?)", [measure, partner, round(total * scale), float(total)])


def intervals(base, confidence):
    """Effective counts and every interval, in Python, because SQL has no quantiles of the gamma and t distributions."""
    tail = (1 - confidence) / 2
    base.execute("CREATE TABLE uncertainty (measure VARCHAR, partner_id VARCHAR, observed DOUBLE, expected DOUBLE, lower DOUBLE, upper DOUBLE,"
                 " others_lower DOUBLE, others_upper DOUBLE, linear_lower DOUBLE, linear_upper DOUBLE)")
    rows = base.execute("""
        SELECT measure, partner_id, CASE measure WHEN 'revenue' THEN services_amount ELSE services_units END::DOUBLE,
               CASE measure WHEN 'revenue' THEN expected_amount::DOUBLE ELSE expected_units::DOUBLE / 1e6 END, variance, others_variance,
               exact, orders, centre, error
        FROM (SELECT 'revenue' AS measure UNION ALL SELECT 'units') CROSS JOIN total
        LEFT JOIN variance USING (measure, partner_id) LEFT JOIN others_expected USING (measure, partner_id)
        LEFT JOIN linearised USING (measure, partner_id)""").fetchall()
    for measure, partner, services, expected, variance, others_variance, others, orders, centre, error in rows:
        counts, limits = poisson(services, expected, variance, tail)
        _, others_limits = poisson(services, others, others_variance, tail)
        linear = [None, None]
        if centre is not None:
            half = quantiles.student(orders - 1, tail) * error
            linear = [max(0.0, centre - half), max(0.0, centre + half)]
        base.execute("INSERT INTO uncertainty VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     [measure, partner, *counts, *limits, *others_limits, *linear])
    cell_intervals(base, tail)


def cell_intervals(base, tail):
    columns = ", ".join(f"{name} VARCHAR" for name in CELL)
    base.execute(f"CREATE TABLE cell_interval (measure VARCHAR, {columns}, lower DOUBLE, upper DOUBLE, effect DOUBLE)")
    for measure, *place, orders, hardware, services, squares, variance in base.execute(
            f"SELECT measure, {', '.join(CELL)}, orders, hardware, services, hardware_squares, variance FROM cell_orders").fetchall():
        found = of_rate if measure == "revenue" else of_share
        values = found(orders, hardware, services, squares, variance, tail)
        base.execute("INSERT INTO cell_interval VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [measure, *place, *values])


def funnel(base, confidence, stated):
    """Limits of the funnel at each partner's size; those with the spread between partners by Spiegelhalter's additive over-dispersion."""
    base.execute("CREATE TABLE funnel (measure_code VARCHAR, partner_id VARCHAR, count DOUBLE, " + ", ".join(f"l{n} DOUBLE" for n in range(8)) + ")")
    tails = [(1 - confidence) / 2, Fraction(1, 1000)]
    for measure in ["revenue", "units"]:
        counts = base.execute("SELECT partner_id, observed, expected FROM uncertainty WHERE measure = ? AND expected IS NOT NULL", [measure]).fetchall()
        partners, phi, tau_squared = overdispersion([(observed, expected) for _, observed, expected in counts if expected >= 5])
        given = stated[measure]
        for name, found in [("partners", partners), ("phi", phi), ("tau_squared", tau_squared)]:
            if not math.isclose(given[name], found, rel_tol=TOLERANCE):
                raise SystemExit(f"funnel.{measure}.{name}: the manifest says {given[name]}, worked out again {found}")
        for partner, _, expected in counts:
            limits = []
            for tail in tails:
                limits += [quantiles.gamma(expected, tail, False) / expected, quantiles.gamma(expected + 1, tail, True) / expected]
            for tail in tails:
                half = quantiles.normal(tail) * math.sqrt(1 / (4 * expected) + tau_squared)
                limits += [max(0.0, 1 - half) ** 2, (1 + half) ** 2]
            base.execute("INSERT INTO funnel VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [measure, partner, expected, *limits])


def overdispersion(counts):
    """Partners, the mean square of the scores drawn in to the outer tenths, and the variance between partners on the scale of square roots."""
    if len(counts) < 2:
        return len(counts), 0.0, 0.0
    scores = [2 * (math.sqrt(observed) - math.sqrt(expected)) for observed, expected in counts]
    low, *_, high = statistics.quantiles(scores, n=10, method="inclusive")
    squares = math.fsum(min(max(score, low), high) ** 2 for score in scores)
    weights = [4 * expected for _, expected in counts]
    whole = math.fsum(weights)
    excess = squares - (len(counts) - 1)
    return len(counts), squares / len(counts), max(0.0, excess / (whole - math.fsum(weight * weight for weight in weights) / whole))


def poisson(services, expected, variance, tail):
    """Effective counts, and exact Poisson limits of the observed one over the expected one."""
    if not variance or not expected or expected <= 0:
        return [None, None], [None, None]
    observed, count = max(0.0, services * expected / variance), expected * expected / variance
    lower = quantiles.gamma(observed, tail, False) / count if observed > 0 else 0.0
    return [observed, count], [lower, quantiles.gamma(observed + 1, tail, True) / count]


def of_rate(orders, hardware, services, _squares, variance, tail):
    if variance is None:
        return None, None, None
    half = quantiles.student(orders - 1, tail) * math.sqrt(variance)
    return max(0.0, services / hardware - half), max(0.0, services / hardware + half), None


def of_share(orders, hardware, services, squares, variance, tail):
    """Wilson's interval with the units over the design effect by orders."""
    if not 0 <= services <= hardware or hardware <= 0:
        return None, None, None
    share = services / hardware
    independent = share * (1 - share) / hardware
    is_shown = variance is not None and independent > 0
    effect = max(1.0, variance / independent if is_shown else squares / hardware)
    trials, z = hardware / effect, quantiles.normal(tail)
    weight = z * z / trials
    upper = (share + weight / 2 + z * math.sqrt(share * (1 - share) / trials + weight / (4 * trials))) / (1 + weight)
    # The limits are the roots of a quadratic whose product is known: without the difference of two near numbers.
    return share * share / ((1 + weight) * upper), min(1.0, upper), effect


def actions(base, given):
    """The action rules in their order. The conditions stand in the manifest in words."""
    base.execute("CREATE TABLE action_rule (place INTEGER, action_code VARCHAR, action_text VARCHAR, verdicts VARCHAR[], evidence VARCHAR,"
                 " is_robust BOOLEAN, is_safe_harbor BOOLEAN, has_exception BOOLEAN, has_data_hold BOOLEAN, due DATE)")
    for place, code in enumerate(given["action.order"].split(", ")):
        when = {}
        for condition in given[f"action.{code}.when"].split(", "):
            name, _, value = condition.partition(" ")
            when[name] = value
        verdicts = when["verdict"].split(" or ") if "verdict" in when else None
        flags = [None if name not in when else when[name] == "true"
                 for name in ("is_robust", "is_safe_harbor", "has_exception", "has_data_hold")]
        days = given[f"action.{code}.recovery_days"]
        base.execute("INSERT INTO action_rule SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS DATE) + CAST(? AS INTEGER)",
                     [place, code, given[f"action.{code}.text"], verdicts, when.get("evidence"), *flags, given["period.as_of"],
                      int(days) if days else None])


def compare(base, query, table, key, is_brief):
    """Compares a published table with a query of the same columns, figure by figure, and prints a line for each, or for each that differs."""
    again = base.execute(query)
    names = [column[0] for column in again.description]
    mine = {tuple(row[names.index(part)] for part in key): dict(zip(names, row)) for row in again.fetchall()}
    stated = base.execute(f"SELECT * FROM {table}")
    columns = [column[0] for column in stated.description]
    theirs = {tuple(row[columns.index(part)] for part in key): dict(zip(columns, row)) for row in stated.fetchall()}
    lonely = sorted(mine.keys() ^ theirs.keys(), key=str)
    if lonely:
        print(f"{table}: {len(lonely)} rows on one side only, the first {lonely[0]}")
    total = len(lonely)
    for name in columns:
        if name not in names:
            print(f"{table}.{name}: not worked out again")
            total += 1
            continue
        unequal = [(place, theirs[place][name], mine[place][name]) for place in sorted(mine.keys() & theirs.keys())
                   if not is_equal(theirs[place][name], mine[place][name])]
        total += len(unequal)
        if unequal or not is_brief:
            print(f"{table}.{name}: {len(theirs)} compared, {len(unequal)} different")
        for place, published, found in unequal[:3]:
            print(f"    {place}: published {published}, worked out again {found}")
    return total


def is_equal(published, found):
    if isinstance(published, float) and isinstance(found, float):
        return abs(published - found) <= max(TOLERANCE * max(abs(published), abs(found)), ZERO)
    return published == found and (published is None) == (found is None)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
