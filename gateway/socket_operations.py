"""One operation on a WebSocket, from `subscribe` to its `complete` or `error`."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from graphql import GraphQLError

from datasources.deadline import deadline, enforced
from domain.errors import Refused
from engine import Answer, Frame, RequestRefused
from gateway import socket_messages as messages
from gateway.events import answers
from gateway.faults import errors_body, internal_body, refusal_body
from gateway.frames import frames
from gateway.journal import Entry
from gateway.middleware.admission import Slot
from gateway.operations import Prepared, payer_of, priority_of
from gateway.ratelimit import Caller
from gateway.statuses import Case, Rejected, code_of

if TYPE_CHECKING:
    from gateway.socket import Socket
    from gateway.sockets import Sockets


async def run(sockets: Sockets, socket: Socket, message: messages.Subscribe, *, full: bool) -> None:
    """Sends what the operation yields; whatever goes wrong is an `error`, and the socket stays usable."""
    entry = Entry(socket.id.encode(), "websocket")
    try:
        if full:
            text = f"{sockets.rules.operations} operations run on this socket. End one first."
            raise Rejected(Case.RATE, text)
        payer = payer_of(socket.requester)
        entry.caller = payer.kind.value
        async with sockets.operations.gate.slot(priority_of(payer)) as slot:
            await _operate(sockets, socket, message, payer, slot, entry)
    except Refused as refusal:
        entry.codes.append(code_of(refusal))
        await socket.send(messages.errors(message.id, refusal_body(refusal)))
    except RequestRefused as refused:
        entry.failed(refused.errors)
        await socket.send(messages.errors(message.id, errors_body(refused.errors, sockets.format_error)))
    except GraphQLError as error:
        entry.failed([error])
        await socket.send(messages.errors(message.id, errors_body([error], sockets.format_error)))
    except Exception as error:
        entry.codes.append(Case.INTERNAL.code)
        await socket.send(messages.errors(message.id, internal_body(error, sockets.format_error)))
    finally:
        sockets.journal.close(entry)


async def _operate(
    sockets: Sockets, socket: Socket, message: messages.Subscribe, payer: Caller, slot: Slot, entry: Entry
) -> None:
    operations = sockets.operations
    answer: Answer | None = None
    with deadline(sockets.rules.deadline_seconds):
        async with enforced():
            prepared = entry.prepared = await operations.prepare(message.request, socket.requester, payer)
            plan = prepared.plan
            if plan.incremental and plan.operation != "subscription":
                slot.leave()
                await _frames(sockets, socket, message.id, prepared)
                return
            if plan.operation != "subscription":
                answer = operations.remembered(prepared, socket.requester)
                if answer is None:
                    answer = await operations.execute(prepared, socket.requester)
                entry.failed(answer.errors)
    if answer is None:
        slot.leave()
        await _events(sockets, socket, message.id, prepared)
    elif await _sent(socket, message.id, answer, refused=answer.request_error):
        await socket.send(messages.complete(message.id))


async def _events(sockets: Sockets, socket: Socket, id_: str, prepared: Prepared) -> None:
    """A subscription: each event sees the socket's caller as it is then."""
    stream = answers(
        sockets.operations.engine,
        prepared,
        lambda: sockets.operations.new_context(socket.requester),
        seconds=sockets.rules.deadline_seconds,
        format_error=sockets.format_error,
    )
    async with aclosing(stream) as events:
        async for answer in events:
            if not await _sent(socket, id_, answer, refused=answer.request_error):
                return
    await socket.send(messages.complete(id_))


async def _frames(sockets: Sockets, socket: Socket, id_: str, prepared: Prepared) -> None:
    """An incremental answer, frame by frame."""
    operations = sockets.operations
    context = operations.new_context(socket.requester)
    async with aclosing(frames(operations.engine, prepared, context)) as source:
        async for frame in source:
            if not await _sent(socket, id_, frame, refused=frame.body.startswith(b'{"errors"')):
                return
    await socket.send(messages.complete(id_))


async def _sent(socket: Socket, id_: str, part: Answer | Frame, *, refused: bool) -> bool:
    """Sends one part; False when it was the refusal that ends the operation."""
    await socket.send(messages.errors(id_, part.body) if refused else messages.following(id_, part.body))
    return not refused
