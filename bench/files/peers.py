"""Rewrites a Parquet file in other formats: peers.py FILE.parquet. One core, one JSON object on stdout:
{"duckdb": {"version", "bytes"}, "vortex": {"version", "bytes", "decode_seconds"}}; a format that is not installed is not there.
"""
import json
import os
import statistics
import sys
import tempfile
import time

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import pyarrow.parquet as pq


def duckdb_file(path, folder):
    import duckdb
    target = os.path.join(folder, "peer.duckdb")
    connection = duckdb.connect(target, config={"threads": 1})
    connection.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{path}')")
    connection.execute("CHECKPOINT")
    connection.close()
    return {"version": duckdb.__version__, "bytes": os.path.getsize(target)}


def vortex_file(path, folder):
    import vortex
    target = os.path.join(folder, "peer.vortex")
    # Vortex takes Arrow's plain string layouts.
    vortex.io.write(pq.read_table(path), target)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        vortex.open(target).to_arrow().read_all()
        times.append(time.perf_counter() - start)
    return {"version": getattr(vortex, "__version__", "?"), "bytes": os.path.getsize(target),
            "decode_seconds": statistics.median(times)}


def main(path):
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, write in (("duckdb", duckdb_file), ("vortex", vortex_file)):
            try:
                found[name] = write(path, folder)
            except ImportError as error:
                print(f"{name}: {error}", file=sys.stderr)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # a peer that cannot hold the data (or panics) is a finding, not a failure
                print(f"{name}: {path}: {error}", file=sys.stderr)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
