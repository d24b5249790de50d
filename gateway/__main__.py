"""The command line: `python -m gateway serve | demo | schema | check | token | train | settings`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from gateway.settings_errors import SettingsRefused


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status."""
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except SettingsRefused as refused:
        return refused.tell()
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway", description="A GraphQL gateway for film and TV on AWS.")
    commands = parser.add_subparsers(required=True, metavar="command")
    serve = commands.add_parser("serve", help="serve with the settings of the environment")
    serve.set_defaults(run=_serve)
    demo = commands.add_parser("demo", help="start the embedded AWS with demo data, and serve on it")
    demo.add_argument("--port", type=_port, default=8000, help="of 127.0.0.1; 0 takes any free one")
    demo.set_defaults(run=_demo)
    schema = commands.add_parser("schema", help="print the schema, sorted")
    schema.set_defaults(run=_schema)
    check = commands.add_parser("check", help="compare schema.graphql with the code and with an earlier commit")
    check.add_argument("--against", metavar="REF", help="the commit to compare with; the last change by default")
    check.set_defaults(run=_check)
    token = commands.add_parser("token", help="print an access token of the running demo")
    token.add_argument("--as", dest="persona", default="viewer", help="viewer, kid, editor, admin, partner, second")
    token.add_argument("--port", type=_port, default=None, help="of the demo, when several run")
    token.set_defaults(run=_token)
    train = commands.add_parser("train", help="train a new model from the running demo's events")
    train.add_argument("--port", type=_port, default=None, help="of the demo, when several run")
    train.set_defaults(run=_train)
    settings = commands.add_parser("settings", help="list every setting")
    settings.set_defaults(run=_settings)
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def _serve(_: argparse.Namespace) -> int:
    from gateway.run import serve
    from gateway.settings import load

    return serve(load())


def _demo(arguments: argparse.Namespace) -> int:
    from gateway.demo import demo

    return demo(arguments.port)


def _schema(_: argparse.Namespace) -> int:
    from graph.export import printed_schema

    sys.stdout.write(printed_schema())
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from gateway.check import check

    return check(arguments.against)


def _token(arguments: argparse.Namespace) -> int:
    from gateway.demo_tokens import token

    print(token(arguments.persona, arguments.port))
    return 0


def _train(arguments: argparse.Namespace) -> int:
    from gateway.demo_recommender import train

    return train(arguments.port)


def _settings(_: argparse.Namespace) -> int:
    from gateway.settings import Settings
    from gateway.settings_errors import described

    print("\n".join(described(Settings)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
