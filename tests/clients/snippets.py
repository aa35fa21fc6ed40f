"""The SQL of docs/bi.md, carried out on a run's tables through catalog.sql."""

import re
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "bi.md"


def problems(run):
    """A line for every snippet that fails or gives what the guide does not say."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET file_search_path = '{str(run).replace(chr(39), chr(39) * 2)}'")
    connection.execute((run / "catalog.sql").read_text(encoding="utf-8"))
    snippets = re.findall(r"```sql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    if len(snippets) < 5:
        yield f"{GUIDE.name}: only {len(snippets)} snippets"
    for snippet in snippets:
        heading = snippet.splitlines()[0]
        if name := re.match(r"-- dataset: (\w+)", heading):
            connection.execute(f'CREATE VIEW "{name[1]}" AS {snippet}')
            continue
        if metric := re.match(r"-- metric (\w+) of the dataset (\w+)", heading):
            snippet = f'SELECT {snippet} AS {metric[1]} FROM "{metric[2]}"'
        rows = connection.execute(snippet).fetchall()
        if ("that it is what the index says" in heading) == bool(rows):
            yield f"{GUIDE.name}: {heading} gives {rows[:3]}"
    yield from measures(connection)


def measures(connection):
    """The measures of the guide against sums by hand: over the program, the index is services over expected."""
    stated, services, expected = connection.execute(
        """SELECT (SELECT SUM(services_amount) / SUM(expected_amount) FROM "index"), SUM(services_amount), SUM(expected_amount)
        FROM fact_partner_index WHERE partner_id IN (SELECT partner_id FROM dim_partner WHERE is_program)"""
    ).fetchone()
    if stated != float(services) / float(expected):
        yield f"the index of the program is {stated}, not {services} over {expected}"
    over, under = connection.execute(
        """SELECT (SELECT SUM(shortfall_amount) FROM fact_partner_category JOIN dim_partner USING (partner_id) WHERE is_program),
        (SELECT SUM(expected_amount) - SUM(services_amount) FROM "index")"""
    ).fetchone()
    if over != under:
        yield f"the shortfall is {over} by category and {under} by partner"
