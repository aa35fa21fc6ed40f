"""Programs that load the tables. Each gives a line for every difference from what the run states."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import published

HERE = Path(__file__).parent
ARROW_TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "decimal128(18, 2)": "DECIMAL(18,2)",
    "decimal128(18, 6)": "DECIMAL(18,6)",
    "date32[day]": "DATE",
    "bool": "BOOLEAN",
    "double": "DOUBLE",
}
HYPER_TYPES = {
    "TEXT": "VARCHAR",
    "BIG_INT": "BIGINT",
    "NUMERIC(18, 2)": "DECIMAL(18,2)",
    "NUMERIC(18, 6)": "DECIMAL(18,6)",
    "DATE": "DATE",
    "BOOL": "BOOLEAN",
    "DOUBLE PRECISION": "DOUBLE",
}
SPARK_TYPES = {
    "string": "VARCHAR",
    "bigint": "BIGINT",
    "decimal(18,2)": "DECIMAL(18,2)",
    "decimal(18,6)": "DECIMAL(18,6)",
    "date": "DATE",
    "boolean": "BOOLEAN",
    "double": "DOUBLE",
}


def sums(table, quote='"'):
    """`COUNT(*), SUM(a), …` over the columns that have a total."""
    return ", ".join(["COUNT(*)", *(f"SUM({quote}{column}{quote})" for column in table.totals)])


def duckdb_catalog(run):
    """DuckDB, through the views of catalog.sql."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET file_search_path = '{str(run).replace(chr(39), chr(39) * 2)}'")
    connection.execute((run / "catalog.sql").read_text(encoding="utf-8"))
    views = {name for (name,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment <> ''").fetchall()}
    for table in published.tables(run):
        if table.name not in views:
            yield f"{table.name}: no view with a comment"
            continue
        rows, *totals = connection.execute(f"SELECT {sums(table)} FROM {table.name}").fetchone()
        # Decodes every value of every column, and stops at the first that cannot be read.
        connection.execute(f"SELECT hash(t) FROM {table.name} t").fetchall()
        described = connection.execute(
            "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [table.name]
        ).fetchall()
        columns = [(name, kind) for name, kind, _ in described]
        yield from published.differences(table, rows, dict(zip(table.totals, totals)), columns)
        yield from (f"{table.name}.{name}: no comment" for name, _, comment in described if not comment)


def arrow(run):
    """pyarrow, a folder of parts read under its own name."""
    from pyarrow import compute, decimal128, parquet

    for table in published.tables(run):
        read = parquet.read_table(table.path)
        columns = [(field.name, ARROW_TYPES.get(str(field.type), str(field.type))) for field in read.schema]
        # A sum of 18-digit decimals needs more digits than they have.
        wide = {column: read[column].cast(decimal128(38, 6)) for column in table.totals}
        totals = {column: compute.sum(values).as_py() for column, values in wide.items()}
        yield from published.differences(table, read.num_rows, totals, columns)
        yield from (f"{table.name}.{name}: no description" for name in read.schema.names if not described(read.schema, name))
        yield from (f"{table.name}.{name}: not marked as required" for name in table.required if read.schema.field(name).nullable)


def described(schema, name):
    return (schema.field(name).metadata or {}).get(b"description")


def old_arrow(run, python):
    """pyarrow 4.0.1, which stands in for the reader of Power BI's gateway, in a Python of its time."""
    paths = {table.name: [str(file) for file in table.files] for table in published.tables(run)}
    ended = subprocess.run(
        [python, "-B", str(HERE / "old_arrow.py")], input=json.dumps(paths), capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        yield ended.stderr.strip().splitlines()[-1]
        return
    read = json.loads(ended.stdout)
    for table in published.tables(run):
        own = read[table.name]
        columns = [(name, ARROW_TYPES.get(kind, kind)) for name, kind in own["columns"]]
        yield from published.differences(table, own["rows"], own["totals"], columns)


def hyper(run):
    """Tableau's Hyper engine."""
    from tableauhyperapi import Connection, HyperProcess, Telemetry, escape_string_literal

    silent = {"log_config": ""}
    with HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=silent) as process:
        with Connection(process.endpoint) as connection:
            for table in published.tables(run):
                files = ", ".join(escape_string_literal(str(file)) for file in table.files)
                external = f"external(ARRAY[{files}], FORMAT => 'parquet')"
                connection.execute_command(f"CREATE TEMPORARY TABLE {table.name} AS SELECT * FROM {external}")
                with connection.execute_query(f"SELECT * FROM {table.name} LIMIT 0") as result:
                    columns = [(column.name.unescaped, str(column.type)) for column in result.schema.columns]
                ((rows, *totals),) = connection.execute_list_query(f"SELECT {sums(table)} FROM {table.name}")
                totals = dict(zip(table.totals, (total and Decimal(str(total)) for total in totals)))
                named = [(name, HYPER_TYPES.get(kind, kind)) for name, kind in columns]
                yield from published.differences(table, rows, totals, named)


def spark(run):
    """Apache Spark, a folder of parts read under its own name."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("attachrate").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        for table in published.tables(run):
            frame = session.read.parquet(str(table.path))
            frame.createOrReplaceTempView(table.name)
            columns = [(name, SPARK_TYPES.get(kind, kind)) for name, kind in frame.dtypes]
            (rows, *totals) = session.sql(f"SELECT {sums(table, '`')} FROM {table.name}").first()
            yield from published.differences(table, rows, dict(zip(table.totals, totals)), columns)
    finally:
        session.stop()
