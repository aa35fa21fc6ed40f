"""Reads tables with an old pyarrow: {table: [file, …]} from standard input to {table: {rows, columns, totals}} on standard output.

Written for Python 3.8 and pyarrow 4.0.1, which sums no decimals: integers and decimals are summed here.
"""

import json
import sys
from decimal import Decimal

import pyarrow
from pyarrow import parquet


def read(files):
    table = pyarrow.concat_tables([parquet.read_table(file) for file in files])
    totals = {}
    for field in table.schema:
        values = table.column(field.name).to_pylist()
        if pyarrow.types.is_int64(field.type) or pyarrow.types.is_decimal(field.type):
            totals[field.name] = str(sum((Decimal(value) for value in values if value is not None), Decimal(0)))
    # An older name of the same type.
    columns = [(field.name, str(field.type).replace("decimal(", "decimal128(")) for field in table.schema]
    return {"rows": table.num_rows, "columns": columns, "totals": totals}


if __name__ == "__main__":
    assert pyarrow.__version__ == "4.0.1", pyarrow.__version__
    print(json.dumps({name: read(files) for name, files in json.load(sys.stdin).items()}))
