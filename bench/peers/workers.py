"""One engine answering statements, a JSON line each: workers.py ENGINE FOLDER THREADS.

First line out: {"version"}; then for each {"sql"} in: {"ms", "rows"} or {"error"}. The time is from text to all rows
in this process. Engines: duckdb (its own tables, in memory), duckdb-parquet, datafusion, chdb, polars (on Parquet),
duckdb-lists and duckdb-flat (the nested workload, as lists and as joined tables).
"""
import datetime
import json
import os
import pathlib
import sys
import time


def tables(folder):
    return sorted((path.stem, str(path)) for path in pathlib.Path(folder).glob("*.parquet"))


def connect_duckdb(folder, threads):
    import duckdb
    connection = duckdb.connect(config={"threads": threads})
    connection.execute("SET TimeZone = 'UTC'")
    return duckdb.__version__, connection, lambda sql: connection.execute(sql).fetchall()


def duckdb_native(folder, threads):
    version, connection, ask = connect_duckdb(folder, threads)
    for name, path in tables(folder):
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{path}')")
    return version, ask


def duckdb_parquet(folder, threads):
    version, connection, ask = connect_duckdb(folder, threads)
    for name, path in tables(folder):
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
    return version, ask


def duckdb_flat(folder, threads):
    import data
    version, connection, ask = connect_duckdb(folder, threads)
    connection.execute(f"CREATE VIEW source AS SELECT * FROM read_parquet('{folder}/documents.parquet')")
    for statement in data.FLAT_TABLES:
        connection.execute(statement)
    return version, ask


def datafusion(folder, threads):
    import datafusion
    context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(threads))
    for name, path in tables(folder):
        context.register_parquet(name, path)

    def ask(sql):
        batches = context.sql(sql).collect()
        return [list(row.values()) for batch in batches for row in rows_of(batch)]
    return datafusion.__version__, ask


def rows_of(batch):
    # Duplicate names must not fold together.
    renamed = batch.rename_columns([str(i) for i in range(batch.num_columns)])
    return renamed.to_pylist()


def chdb(folder, threads):
    import chdb as library
    from chdb import session
    connection = session.Session()
    connection.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Memory")
    connection.query("USE bench")
    for setting in (f"max_threads = {threads}", "session_timezone = 'UTC'", "join_use_nulls = 1",
                    "allow_experimental_correlated_subqueries = 1", "aggregate_functions_null_for_empty = 1",
                    # Standard names; and sums of 64-bit integers that do not wrap below an average.
                    "prefer_column_name_to_alias = 1", "optimize_arithmetic_operations_in_aggregate_functions = 0"):
        connection.query(f"SET {setting}")
    for name, path in tables(folder):
        connection.query(f"CREATE VIEW {name} AS SELECT * FROM file('{path}', Parquet)")

    def ask(sql):
        return json.loads(connection.query(sql, "JSONCompact").bytes())["data"]
    return library.__version__, ask


def polars(folder, threads):
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars as pl
    context = pl.SQLContext({name: pl.scan_parquet(path) for name, path in tables(folder)})
    return pl.__version__, lambda sql: context.execute(sql, eager=True).rows()


ENGINES = {"duckdb": duckdb_native, "duckdb-lists": duckdb_native, "duckdb-parquet": duckdb_parquet,
           "duckdb-flat": duckdb_flat, "datafusion": datafusion, "chdb": chdb, "polars": polars}


def plain(value):
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    return str(value)


def main(engine, folder, threads):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever an engine prints is no answer
    say = lambda value: print(json.dumps(value), file=answers, flush=True)
    try:
        version, ask = ENGINES[engine](folder, int(threads))
    except Exception as error:
        return say({"error": str(error)})
    say({"version": version})
    for line in sys.stdin:
        start = time.perf_counter()
        try:
            rows = ask(json.loads(line)["sql"])
            elapsed = (time.perf_counter() - start) * 1e3
            say({"ms": elapsed, "rows": [[plain(value) for value in row] for row in rows]})
        except BaseException as error:
            say({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main(*sys.argv[1:])
