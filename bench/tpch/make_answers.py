"""Writes the answers of the 22 TPC-H queries for one scale, computed by another engine.

    python3 -m venv v && v/bin/pip install duckdb tpchgen-cli
    v/bin/python bench/tpch/make_answers.py 0.01 bench/tpch/answers/sf0.01

Money is exact (DECIMAL). Where GoogleSQL divides NUMERICs, the other engine gives the exact numerator and
denominator, and the quotient is rounded here as NUMERIC does: 9 digits after the point, half away from zero.
"""
import csv
import decimal
import pathlib
import re
import subprocess
import sys
import tempfile

import duckdb

decimal.getcontext().prec = 80
QUERIES = pathlib.Path(__file__).parent / "queries"
TABLES = "customer lineitem nation orders part partsupp region supplier".split()

# What the other engine computes in place of a division, and the columns that are put back together:
# (text to replace, replacement), and the positions (numerator, denominator) of each quotient.
QUOTIENTS = {
    1: ([("AVG(l_quantity) AS avg_qty", "SUM(l_quantity), COUNT(l_quantity)"),
         ("AVG(l_extendedprice) AS avg_price", "SUM(l_extendedprice), COUNT(l_extendedprice)"),
         ("AVG(l_discount) AS avg_disc", "SUM(l_discount), COUNT(l_discount)")], [6, 8, 10]),
    8: ([("/ SUM(volume)", ", SUM(volume)")], [1]),
    14: ([("/ SUM(l_extendedprice", ", SUM(l_extendedprice")], [0]),
    17: ([("/ 7.0", ", 7")], [0]),
}


def translate(text, scale):
    text = text.replace("{FRACTION}", f"{0.0001 / scale:.10f}".rstrip("0"))
    text = re.sub(r"NUMERIC '([0-9.]+)'", r"\1", text)
    text = re.sub(r"DATE_(ADD|SUB)\((DATE '[^']+'), INTERVAL (\d+) (\w+)\)",
                  lambda m: f"({m[2]} {'+' if m[1] == 'ADD' else '-'} INTERVAL {m[3]} {m[4]})", text)
    return text


def quotient(numerator, denominator):
    if numerator is None:
        return None
    value = decimal.Decimal(numerator) / decimal.Decimal(denominator)
    return value.quantize(decimal.Decimal("1e-9"), rounding=decimal.ROUND_HALF_UP)


def plain(value):
    if isinstance(value, decimal.Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return "" if value is None else str(value)


def main(scale, target):
    target = pathlib.Path(target)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        generator = pathlib.Path(sys.executable).parent / "tpchgen-cli"
        subprocess.run([generator, "parquet", "-s", scale, f"--output-dir={data}"], check=True)
        engine = duckdb.connect()
        for table in TABLES:
            engine.execute(f"CREATE TABLE {table} AS SELECT * FROM '{data}/{table}.parquet'")
    for number in range(1, 23):
        text = translate((QUERIES / f"q{number:02}.sql").read_text(), float(scale))
        replacements, quotients = QUOTIENTS.get(number, ([], []))
        for old, new in replacements:
            assert old in text, (number, old)
            text = text.replace(old, new)
        cursor = engine.execute(text)
        names = [column[0] for column in cursor.description]
        rows = [list(row) for row in cursor.fetchall()]
        for position in reversed(quotients):
            names[position:position + 2] = [f"q{position}"]
            for row in rows:
                row[position:position + 2] = [quotient(row[position], row[position + 1])]
        with open(target / f"q{number:02}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([plain(value) for value in row] for row in rows)
        print(f"q{number:02}: {len(rows)} rows")


if __name__ == "__main__":
    main(*sys.argv[1:])
