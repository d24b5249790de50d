"""The command line and the container's entry: `serve`, `train`, `evaluate`, `bench`, and the demo's own."""

from __future__ import annotations

import argparse
import json
import logging
import os
import socket
import sys
import threading
from pathlib import Path

# One process per core shares the mapped weights; threads inside a product of this size only get in each other's way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; the exit code is 0 only if it did what was asked."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    options = _parser().parse_args(arguments)
    code: int = options.run(options)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="recommender", description=__doc__)
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="answer /ping and /invocations")
    serve.add_argument("--host", default="0.0.0.0")
    serve.add_argument("--port", type=int, default=int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")))
    serve.add_argument("--model-dir", type=Path, default=Path("/opt/ml/model"))
    serve.add_argument("--items", type=Path, help="titles as JSON lines: a demo model is trained where none fits them")
    serve.add_argument("--exit-with-stdin", action="store_true", help="stop when standard input closes")
    serve.set_defaults(run=_serve)
    ensure = commands.add_parser("ensure", help="train a demo model of these titles unless the directory holds one")
    ensure.add_argument("--items", type=Path, required=True)
    ensure.add_argument("--model-dir", type=Path, required=True)
    ensure.set_defaults(run=_ensure)
    train = commands.add_parser("train", help="the training job, over SageMaker's directories")
    train.add_argument("--root", type=Path, default=Path("/opt/ml"))
    train.set_defaults(run=_train)
    demo = commands.add_parser("train-demo", help="train the demo's model from the events bucket, or from files")
    demo.add_argument("--items", type=Path, required=True)
    demo.add_argument("--model-dir", type=Path, required=True)
    demo.add_argument("--endpoint-url")
    demo.add_argument("--prefix", default="")
    source = demo.add_mutually_exclusive_group(required=True)
    source.add_argument("--bucket")
    source.add_argument("--events", type=Path, help="a directory of event files instead of a bucket")
    demo.set_defaults(run=_train_demo)
    evaluate = commands.add_parser("evaluate", help="the model against its baselines")
    evaluate.add_argument("--users", type=int, default=4_000)
    evaluate.add_argument("--titles", type=int, default=600)
    evaluate.add_argument("--seed", type=int, default=0)
    evaluate.add_argument("--ratings", type=Path, help="user::item::rating::time lines of a public data set")
    evaluate.add_argument("--report", type=Path, help="where to write the Markdown")
    evaluate.set_defaults(run=_evaluate)
    bench = commands.add_parser("bench", help="how fast it answers and trains on this machine")
    bench.add_argument("--titles", type=int, default=5_000)
    bench.add_argument("--viewers", type=int, default=10_000)
    bench.add_argument("--length", type=int, default=50, help="events of each viewer")
    bench.set_defaults(run=_bench)
    return parser


def _serve(options: argparse.Namespace) -> int:
    import uvicorn

    from recommender.serve import create_app

    if options.items is not None:
        from recommender.demo import ensure

        ensure(options.items, options.model_dir)
    listener = socket.create_server((options.host, options.port), backlog=256)
    server = uvicorn.Server(uvicorn.Config(create_app(options.model_dir), log_level="warning", access_log=False))
    if options.exit_with_stdin:
        threading.Thread(target=_stop_with_stdin, args=(server,), daemon=True).start()
    print(json.dumps({"ready": True, "port": listener.getsockname()[1]}), flush=True)
    server.run(sockets=[listener])
    return 0


def _ensure(options: argparse.Namespace) -> int:
    from recommender.demo import ensure

    ensure(options.items, options.model_dir)
    return 0


def _train(options: argparse.Namespace) -> int:
    from recommender.train import run

    return run(options.root)


def _train_demo(options: argparse.Namespace) -> int:
    from recommender import demo
    from recommender.events import read_directory

    if options.events is not None:
        lines = read_directory(options.events)
    else:
        lines = demo.bucket_lines(options.endpoint_url, options.bucket, options.prefix)
    outcome = demo.train(options.items, options.model_dir, lines)
    report = {"published": outcome.published, "model": outcome.model.version, "why": outcome.decision.reasons()}
    print(json.dumps(report | {"watched": outcome.model.facts["watched"]}), flush=True)
    return 0 if outcome.published else 1


def _evaluate(options: argparse.Namespace) -> int:
    from recommender.evaluate import write

    print(
        write(users=options.users, items=options.titles, seed=options.seed, ratings=options.ratings, to=options.report)
    )
    return 0


def _bench(options: argparse.Namespace) -> int:
    from recommender.bench import run

    print(run(options.titles, options.viewers, options.length))
    return 0


def _stop_with_stdin(server: object) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
