"""Session: time jobs in one process, with one route of products, on one pinned thread or on all cores; prints JSON."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from typing import Any

from . import instructions

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # set before torch is imported, whose idle threads spin otherwise


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.session", description=__doc__)
    parser.add_argument("jobs", nargs="+")
    parser.add_argument("--route", choices=["onednn", "torch"], help="of products; default: oneDNN if it is exact")
    parser.add_argument("--cores", choices=["one", "all"], default="one")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--alone", action="store_true", help="without other packages")
    options = parser.parse_args()
    if options.route:
        os.environ["SPINODAL_PRODUCTS"] = options.route
    if options.cores == "one":
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # set before numpy is imported: scikit-learn uses its products
        pin()
    json.dump(run(options), sys.stdout)


def pin() -> None:
    """Pin this process to its last core: other processes run more often on the first one."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def run(options: argparse.Namespace) -> dict[str, Any]:
    import torch

    from .clock import take_turns
    from .jobs import JOBS, Place

    threads = 1 if options.cores == "one" else torch.get_num_threads()
    torch.manual_seed(0)
    random.seed(0)
    clock = time.process_time if options.cores == "one" and options.device == "cpu" else wall(options.device)
    place, results = Place(options.device, not options.alone), {}
    for name in options.jobs:
        if JOBS[name].cores == "all" and options.cores == "one":
            continue
        torch.set_num_threads(threads)  # a job may have changed it
        times = take_turns(JOBS[name].contestants(place), options.rounds, clock)
        floor = times.fastest("products")
        results[name] = {
            who: {"ms": times.milliseconds(who), "rounds": len(seconds), "ratio": vars(times.ratio(who, floor))}
            for who, seconds in times.seconds.items()
        }
        report(name, results[name])
    gpu = torch.cuda.get_device_name(options.device) if options.device != "cpu" else None
    place_of = {"route": route(), "cores": options.cores, "gpu": gpu}
    return place_of | {"isa": instructions.current(instructions.flags(), os.environ), "jobs": results}


def wall(device: str) -> Any:
    """A function that waits for the device and returns the wall time."""
    import torch

    def now() -> float:
        if device != "cpu":
            torch.cuda.synchronize()
        return time.perf_counter()

    return now


def route() -> str:
    from spinodal.machines.kernels import products

    return products.route()


def report(name: str, contestants: dict[str, Any]) -> None:
    row = ", ".join(f"{who} {x['ms']:.1f} ms ({x['ratio']['median']:.3f})" for who, x in contestants.items())
    print(f"{name}: {row}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
