"""Measures Marquee and its peers side by side: `python -m bench [--quick] [--only NAME] [--rounds N] [--seconds S]`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from bench import load, report
from bench.contestants import CannotBuild, Contestant, Setting, contestants
from bench.dataset import build
from bench.identity import identity
from bench.match import Differs
from bench.measure import WARM_UP_SECONDS, Plan, Result, measure
from bench.processes import DidNotStart, dynamodb_stub
from bench.scenarios import Scenario, scenarios

HERE = Path(__file__).resolve().parent


def main(argv: Sequence[str] | None = None) -> int:
    """0 when everything was measured, 1 when a server failed, 2 when something is missing on this machine."""
    arguments = _parser().parse_args(argv)
    if not load.available(arguments.loader):
        print(load.MISSING, file=sys.stderr)
        return 2
    plan = _plan(arguments)
    how = {
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "loader": plan.loader,
        "connections": plan.connections,
        "python": arguments.python,
        "load_average": f"{os.getloadavg()[0]:.1f}",
    }
    try:
        asked, results = run(arguments.only, plan, arguments.folder, base=arguments.python)
    except CannotBuild as error:
        print(error, file=sys.stderr)
        return 2
    except (Differs, DidNotStart) as error:
        print(error, file=sys.stderr)
        return 1
    text = report.tables(asked, results)
    print(text)
    if arguments.results is not None:
        name = f"{datetime.now(UTC):%Y-%m-%d}{'' if not arguments.only else '-' + '-'.join(arguments.only)}"
        for file in report.write(arguments.results, name, text, how, results):
            report.say(f"wrote {file}")
    return 0


def run(
    only: Sequence[str], plan: Plan, folder: Path, python: str | None = None, base: str = sys.executable
) -> tuple[list[Scenario], list[Result]]:
    """The scenarios and what was measured; `only` names scenarios and servers, all of them when it names none.

    `python` and `base` as for the contestants.
    """
    dataset = build()
    dataset.write(folder)
    asked = scenarios(dataset)
    named = [one for one in asked if one.name in only]
    asked = named or asked
    wanted = set(only) - {one.name for one in named}
    takers = [
        one for one in contestants(python, base) if not wanted or any(one.name.startswith(name) for name in wanted)
    ]
    _build(asked, takers)
    results: list[Result] = []
    with ExitStack() as stack:
        setting = Setting(
            folder=folder,
            dynamodb_url=stack.enter_context(dynamodb_stub(folder / "items.jsonl", sys.executable)),
            identity=stack.enter_context(identity()),
        )
        for scenario in asked:
            report.say(f"{scenario.title}:")
            own = [one for one in takers if scenario.kinds & one.kinds]
            if own:
                results += measure(scenario, own, setting, plan, report.say)
    return asked, results


def _build(asked: Sequence[Scenario], takers: Sequence[Contestant]) -> None:
    """Installs what the servers need; does nothing where that was done before."""
    kinds = frozenset[str]().union(*(one.kinds for one in asked))
    for needs in {one.needs: None for one in takers if kinds & one.kinds}:
        needs()


def _plan(arguments: argparse.Namespace) -> Plan:
    quick = arguments.quick
    seconds = arguments.seconds or (2.0 if quick else 5.0)
    warm_up = min(WARM_UP_SECONDS, seconds)
    return Plan(
        rounds=arguments.rounds or (1 if quick else 3), seconds=seconds, warm_up=warm_up, loader=arguments.loader
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition(":")[0] + ".")
    parser.add_argument("--quick", action="store_true", help="one round of two seconds: whether it runs, not how fast")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="a scenario (home, page, title, mutation, anonymous, new-home, new-title, dynamodb-home) or the beginning "
        "of a server's name (marquee, mercurius, apollo, yoga, strawberry, ariadne, floor); may be repeated",
    )
    parser.add_argument("--rounds", type=int, default=None)
    parser.add_argument("--seconds", type=float, default=None, help="of each round")
    parser.add_argument("--loader", choices=("wrk", "python"), default="wrk")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of Marquee and the Python peers")
    parser.add_argument("--folder", type=Path, default=HERE / ".cache", help="for data and logs of the run")
    parser.add_argument("--results", type=Path, default=HERE / "results", help="where the result files go")
    return parser


if __name__ == "__main__":
    sys.exit(main())
