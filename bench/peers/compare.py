"""Times a workload's queries on Canopy and on other engines, in turns, and compares their answers.

Every engine is a process of its own that answers statements, a JSON line each (`workers.py`, `canopy bench --stdio`).
Each query runs on one engine after another, round by round, so that a slow moment of the machine falls on all alike;
the first round is not counted. With --cold, each process is started anew before every query and one round counts:
nothing is cached in the process, while the operating system may still have the files.
"""
import argparse
import json
import math
import pathlib
import platform
import re
import select
import statistics
import subprocess
import sys
import time

import data
import report

HERE = pathlib.Path(__file__).parent
ENGINES = {
    "tpch": ["duckdb", "duckdb-parquet", "datafusion", "chdb", "polars"],
    "hits": ["duckdb", "duckdb-parquet", "datafusion", "chdb", "polars"],
    "nested": ["duckdb-lists", "duckdb-flat"],
}


class Engine:
    """A process that answers statements."""

    def __init__(self, name, command, patience):
        self.name, self.command, self.patience, self.process = name, command, patience, None

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.name != "canopy":
            ready = self.read(600)
            if "error" in ready:
                raise RuntimeError(f"{self.name}: {ready['error']}")
            self.version = ready["version"]
        else:
            self.version = subprocess.run([self.command[0], "--version"], capture_output=True, text=True).stdout.strip()

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def read(self, patience):
        if not select.select([self.process.stdout], [], [], patience)[0]:
            self.stop()
            return {"error": f"no answer in {patience} s"}
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            self.process = None
            return {"error": f"the process ended with {code}"}
        return json.loads(line)

    def ask(self, sql):
        if self.process is None:
            self.start()
        self.process.stdin.write((json.dumps({"sql": sql}) + "\n").encode())
        self.process.stdin.flush()
        return self.read(self.patience)


def plain(value):
    """A value as something that compares across engines: a float where it is a number, else a text."""
    if value is None:
        return None
    text = str(value)
    try:
        return float(text)
    except ValueError:
        text = text.replace("T", " ") if re.match(r"\d{4}-\d\d-\d\dT", text) else text
        return re.sub(r"(\.\d*?)0*(\+00(:00)?)?$", r"\1", text).removesuffix("+00:00").removesuffix("+00").rstrip(".")


def same(left, right):
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-6)
    return left == right


def difference(ours, theirs):
    """Why two answers differ; None where they do not."""
    if len(ours) != len(theirs):
        return f"{len(ours)} rows and {len(theirs)}"
    for number, (left, right) in enumerate(zip(ours, theirs)):
        left, right = [plain(v) for v in left], [plain(v) for v in right]
        if len(left) != len(right) or not all(map(same, left, right)):
            return f"row {number}: {left} and {right}"
    return None


def measure(engines, queries, runs, cold):
    results = []
    for query in queries:
        times = {engine.name: [] for engine in engines}
        answers, errors = {}, {}
        for round_number in range(runs if cold else runs + 1):
            for engine in engines:
                if engine.name in errors:
                    continue
                if cold:
                    engine.stop()
                sql = query["sql"].get(engine.name, query["sql"]["*"])
                answer = engine.ask(sql)
                if "error" in answer:
                    errors[engine.name] = answer["error"][:500]
                    continue
                answers[engine.name] = answer["rows"]
                if cold or round_number > 0:
                    times[engine.name].append(answer["ms"])
        ours = answers.get("canopy")
        for name, rows in answers.items():
            found = difference(ours, rows) if ours is not None and name != "canopy" else None
            if found:
                errors[name] = f"another answer: {found}"
        medians = {name: statistics.median(t) for name, t in times.items() if t and name not in errors}
        results.append({"query": query["name"], "rows": len(ours or []), "median_ms": medians,
                        "times_ms": times, "errors": errors})
        row = "  ".join(f"{name} {medians[name]:.1f}" if name in medians else f"{name} -" for name in times)
        print(f"{query['name']}: {row}", file=sys.stderr)
        for name, error in errors.items():
            print(f"    {name}: {error}", file=sys.stderr)
    return results


def summary(names, results):
    """Per peer: over the queries that both answered, the geometric mean of the ratios, totals, and the worst."""
    out = {}
    for name in names:
        pairs = [(r["query"], r["median_ms"]["canopy"], r["median_ms"][name]) for r in results
                 if "canopy" in r["median_ms"] and name in r["median_ms"]]
        if pairs:
            ratios = [ours / theirs for _, ours, theirs in pairs]
            worst = max(pairs, key=lambda pair: pair[1] / pair[2])
            out[name] = {
                "queries": len(pairs),
                "geometric_mean_ratio": math.exp(statistics.fmean(map(math.log, ratios))),
                "canopy_total_ms": sum(p[1] for p in pairs), "total_ms": sum(p[2] for p in pairs),
                "worst": {"query": worst[0], "ratio": worst[1] / worst[2]},
            }
    return out


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?") \
        if pathlib.Path("/proc/cpuinfo").exists() else platform.processor()
    return {"cpu": model, "system": platform.platform(), "python": platform.python_version(),
            "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("workload", choices=ENGINES)
    parser.add_argument("--canopy", required=True, help="the canopy program")
    parser.add_argument("--scale", default="1")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", help="which engines, with commas between; all of the workload's when not said")
    parser.add_argument("--queries", help="which queries, such as q01,q06")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--patience", type=int, default=300, help="seconds that a query may take")
    parser.add_argument("--data", default="target/peers-data")
    parser.add_argument("--out", default="target/peers", help="OUT.json and OUT.html are written")
    arguments = parser.parse_args()

    folder = pathlib.Path(arguments.data) / f"{arguments.workload}-{arguments.scale}"
    queries = data.prepare(arguments.workload, arguments.scale, folder, arguments.canopy)
    if arguments.queries:
        queries = [query for query in queries if query["name"] in arguments.queries.split(",")]
    names = arguments.peers.split(",") if arguments.peers else ENGINES[arguments.workload]
    threads = str(arguments.threads)
    engines = [Engine("canopy", [arguments.canopy, "--warehouse", str(folder / "warehouse"), "--threads", threads,
                                 "bench", "--stdio"], arguments.patience)]
    for name in names:
        command = [sys.executable, str(HERE / "workers.py"), name, str(folder), threads]
        engines.append(Engine(name, command, arguments.patience))
    for engine in list(engines):
        try:
            engine.start()
        except RuntimeError as error:
            print(f"left out: {error}", file=sys.stderr)
            engines.remove(engine)
    results = measure(engines, queries, arguments.runs, arguments.cold)
    for engine in engines:
        engine.stop()
    found = {
        "workload": arguments.workload, "scale": float(arguments.scale), "threads": arguments.threads,
        "runs": arguments.runs, "cold": arguments.cold, "machine": machine(),
        "engines": {engine.name: engine.version for engine in engines},
        "summary": summary([engine.name for engine in engines[1:]], results), "queries": results,
    }
    out = pathlib.Path(arguments.out)
    out.with_suffix(".json").write_text(json.dumps(found, indent=1))
    out.with_suffix(".html").write_text(report.page(found))
    print(report.text(found))
    if any("canopy" in r["errors"] or any("another answer" in e for e in r["errors"].values()) for r in results):
        sys.exit("not all answers agree")


if __name__ == "__main__":
    main()
