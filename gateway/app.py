"""The composition root: the one place where parts are chosen and put together.

``running`` is a whole gateway in the present event loop, for ``run`` and for tests; ``run`` is the process.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from gateway.agenda import Agenda
from gateway.calling import Calling
from gateway.calls import Calls, install
from gateway.config import Settings
from gateway.hall import Clock, Hall
from gateway.house import House
from gateway.limits import UPLOAD_BYTES
from gateway.live import Live
from gateway.logs import configure_logs
from gateway.look import look
from gateway.mail.post import Post
from gateway.mail.reminders import Reminders
from gateway.metrics.serving import serve_metrics
from gateway.middleware import Handler, add_headers, protect
from gateway.openapi import describe
from gateway.outages import Heartbeat
from gateway.reactor import Reactor
from gateway.requests import put_house
from gateway.routes import admin, candidate, entering, hooks, live, pages, providing, receipts, record, staff, wellknown
from gateway.routes.media import Media
from gateway.routes.ops import serve_ops
from gateway.sealing import Sealing
from gateway.silence import Silence
from gateway.store import prove
from gateway.sweeping import Sweeping
from gateway.tickets import Tickets
from gateway.timetable import Timetable
from waiting_room.journal.port import Journal, JournalError

log = structlog.get_logger("genkan")

DRAIN = 10.0  # seconds that requests under way have at SIGTERM; containers are killed after 30
LINGER = 0.5  # seconds that a kept connection has for one more request, whose answer says that it was the last
LOOK = 0.02  # seconds between two looks at whether all of them have left
CUT_WITHIN = 1.0  # seconds that what has not ended by then has to be cut
BACKLOG = 1_024  # connections that wait to be accepted: a hall that comes back as one
COLLECT_AFTER = (20_000, 10, 10)  # objects, then rounds: a candidate who arrives leaves 300, and no garbage in cycles
LONGEST_HEADER = 16 * 2**10  # bytes: 24 sessions' cookies (8 KiB) and what a proxy adds


class UnderWay:
    """Requests that are being answered. aiohttp's own shutdown reads no more of a body that is still coming, so that
    its request would never be answered: they are waited for before."""

    def __init__(self) -> None:
        self.leaving = False  # each answer is the last on its connection
        self._requests: set[asyncio.Future[None]] = set()

    @web.middleware
    async def count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The middleware around all others."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests.add(ended)
        try:
            answer = await handler(request)
            if self.leaving:
                answer.force_close()
            return answer
        finally:
            self._requests.discard(ended)
            ended.set_result(None)

    async def over(self, within: float) -> None:
        """Wait for those that are under way now, at most this many seconds."""
        if self._requests:
            await asyncio.wait(tuple(self._requests), timeout=within)


@dataclass
class Gateway:
    """A gateway that serves. ``settings`` know the port that was found."""

    house: House
    settings: Settings
    lives: dict[str, Live]
    reactors: dict[str, Reactor]
    calling: Calling | None
    agendas: dict[str, Agenda] = field(default_factory=dict)
    sealings: dict[str, Sealing] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    tickets: dict[str, Tickets] = field(default_factory=dict)
    under_way: UnderWay = field(default_factory=UnderWay)
    metrics_port: int | None = None  # where it serves metrics, if it does
    unread: set[str] = field(default_factory=set)  # events with entries of a later release

    def __post_init__(self) -> None:
        self.timetable = Timetable(self.house)

    async def drain(self) -> None:
        """Ask every page to come again, and take no more commands of the reactor."""
        self.house.draining.set()
        await asyncio.gather(*(channel.drain() for channel in self.lives.values()))

    async def seal(self) -> None:
        """A last seal on every journal whose work is ours; then others may have that work."""
        for event, sealing in self.sealings.items():
            if self.house.duties.mine(event):
                await sealing.seal()
        self.house.heads.save()
        await self.house.duties.hand_over()


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    clock: Clock | None = None,
    journal: Journal | None = None,
    worker: bool = True,
    sockets: bool = True,
    linger: float = 0.0,
) -> AsyncIterator[Gateway]:
    """Serve from here on, and drain, seal and close at the end. ``worker``: with the built-in room. ``sockets``: with
    the command line's socket. ``linger``: seconds that clients have to leave their connections. Owned when another
    process has the journal."""
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(House.open(settings, clock=clock, journal=journal))
        house.post = Post.make(house)  # before anything is started that would outlive a faulty letter
        gateway = Gateway(house, settings, {}, {}, None)
        if worker:
            await _claim(settings)
            gateway.calling = await Calling.start(house)
            house.providers.add(gateway.calling.provider)
            stack.push_async_callback(gateway.calling.close)
        await _begin(gateway)
        runner, bound = await _listen(gateway)
        stack.push_async_callback(_end, gateway, runner, linger)
        gateway.settings = house.settings = bound
        house.rekey()
        if house.post is not None:
            house.post.start()
        if (watched := settings.metrics) is not None:
            gateway.metrics_port = await stack.enter_async_context(serve_metrics(gateway, watched.host, watched.port))
        if sockets:
            await stack.enter_async_context(serve_ops(house))
        log.info("serving", port=bound.port, events=len(house.halls))
        yield gateway


async def _claim(settings: Settings) -> None:
    """OSError where we could not listen: found out before a worker is started, which would outlive this attempt."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, settings.host, settings.port, start_serving=False)
    server.close()
    await server.wait_closed()


async def _begin(gateway: Gateway) -> None:
    house = gateway.house
    heartbeat = Heartbeat(house)
    house.duties.gaps.append(lambda event, since, now: _missing(gateway, heartbeat, event, (since, now)))
    house.duties.taken.append(lambda event: _on_duty(gateway, event))
    await house.duties.start()
    if not house.book.journal.shared:  # where there are others, the leases tell whether anybody was there
        await heartbeat.record_gap()
        house.tasks.keep(heartbeat.run, "heartbeat")
    house.opened.append(lambda hall: _open(gateway, hall))
    house.keys.on_rotation(lambda kind: _rotated(gateway, kind))
    for hall in house.halls:
        _open(gateway, hall)
    house.tasks.keep(house.duties.keep, "duties")
    house.tasks.keep(house.halls.discover, "events")
    house.neighbours.listen()
    house.tasks.keep(house.heads.keep, "heads")
    house.tasks.keep(house.neighbours.tell_losses, "losses")
    house.tasks.keep(lambda: _tell_of_store(gateway), "store")
    house.tasks.keep(lambda: prove(house.book.journal), "proof")
    house.tasks.keep(house.health.watch, "health")
    house.tasks.keep(gateway.timetable.run, "timetable")
    house.tasks.keep(Sweeping(house).run, "sweep")
    house.tasks.keep(house.retention.watch, "retention")
    house.closed.append(lambda event: _close(gateway, event))
    if gateway.calling is not None:
        gateway.calling.begin()


def _step_back(gateway: Gateway, hall: Hall) -> None:
    """An entry of a later release: whoever can read it does the work, and pages are sent there."""
    if not hall.state.readable and hall.id not in gateway.unread:
        log.critical("newer_release", event_id=hall.id, offset=hall.state.head)
        gateway.unread.add(hall.id)
        gateway.house.tasks.start(gateway.house.duties.give_up(hall.id), "newer")
        if (channel := gateway.lives.get(hall.id)) is not None:
            channel.tell_all()


async def _tell_of_store(gateway: Gateway) -> None:
    """Every page, that the store is gone or back, for ever."""
    contact = gateway.house.book.journal.contact
    while True:
        await contact.changed.wait()
        log.warning("store_lost" if contact.lost else "store_back")
        if not contact.lost:
            await asyncio.gather(*(_catch_up(hall) for hall in gateway.house.halls))
        for channel in tuple(gateway.lives.values()):
            channel.tell_all()
        for reactor in () if contact.lost else tuple(gateway.reactors.values()):
            reactor.start()  # what could not be recorded is tried again
            if gateway.calling is not None:
                gateway.calling.on_duty(reactor.hall.id)


async def _catch_up(hall: Hall) -> None:
    """What others did meanwhile comes before pages are told that all is well; if it is lost again, they are not."""
    with suppress(JournalError):
        await hall.present()


def _on_duty(gateway: Gateway, event: str) -> None:
    """The work of this event is ours from now on: what has become due meanwhile is done."""
    if (reactor := gateway.reactors.get(event)) is not None:
        reactor.start()
        gateway.silences[event].review()
        if gateway.calling is not None:
            gateway.calling.on_duty(event)


def _missing(gateway: Gateway, heartbeat: Heartbeat, event: str, span: tuple[int, int]) -> None:
    """Nobody was there to serve this event."""
    hall = gateway.house.halls.get(event)
    if hall is not None:
        gateway.house.tasks.start(heartbeat.record(hall, *span), "gap")


def _rotated(gateway: Gateway, kind: str) -> None:
    """Open lines rest on a cookie that was checked when they began: they are checked anew, for old keys may be gone."""
    if kind == "session":
        for channel in gateway.lives.values():
            gateway.house.tasks.start(channel.come_again(), "rotation")


def _close(gateway: Gateway, event: str) -> None:
    """Nothing of this event is served any more: its pages are told, and what was made for its hall is let go."""
    if (channel := gateway.lives.pop(event, None)) is not None:
        gateway.house.tasks.start(channel.come_again(), "closing")
    for parts in (gateway.reactors, gateway.agendas, gateway.sealings, gateway.silences, gateway.tickets):
        parts.pop(event, None)
    if gateway.calling is not None:
        gateway.calling.leave(event)


def _open(gateway: Gateway, hall: Hall) -> None:
    """Everything that a hall needs to be served."""
    house = gateway.house
    agenda = gateway.agendas[hall.id] = Agenda(house.clock)
    agenda.fill(hall.state)
    house.sessions.open(hall)
    house.health.open(hall)
    gateway.timetable.open(hall)
    hall.listeners.append(lambda fresh: agenda.take(hall.state, fresh))
    hall.listeners.append(lambda _: _step_back(gateway, hall))
    _step_back(gateway, hall)
    if gateway.calling is not None:
        gateway.calling.open(hall)
    channel = gateway.lives[hall.id] = Live(house, hall, agenda)
    gateway.tickets[hall.id] = Tickets(house, hall)
    reactor = gateway.reactors[hall.id] = Reactor(house, hall, agenda)
    house.tasks.keep(agenda.run, f"agenda:{hall.id}")
    house.tasks.keep(channel.keep_alive, f"ping:{hall.id}")
    silence, sealing = Silence(house, hall), Sealing(house, hall)
    gateway.sealings[hall.id], gateway.silences[hall.id] = sealing, silence
    house.tasks.keep(silence.watch, f"presence:{hall.id}")
    house.tasks.keep(gateway.tickets[hall.id].keep_fresh, f"tickets:{hall.id}")
    house.tasks.keep(sealing.keep_sealed, f"seal:{hall.id}")
    reactor.start()
    if house.post is not None:
        house.post.open(hall)
        Reminders(house, hall, agenda).look_at(tuple(hall.state.interviews))


def application(gateway: Gateway) -> web.Application:
    """The routes of the network."""
    app = web.Application(middlewares=[gateway.under_way.count, protect], client_max_size=UPLOAD_BYTES)
    put_house(app, gateway.house)
    live.put_lives(app, gateway.lives)
    media = Media(gateway.tickets, gateway.calling)
    calls = Calls(candidate.CALLS, staff.CALLS, providing.CALLS, admin.CALLS, media.calls())
    for table in (pages, entering, live, wellknown, admin, record, receipts, hooks, providing, staff):
        app.add_routes(table.routes())
    install(app, calls, look)
    describe(app, calls)
    pages.add_static(app)
    app.on_response_prepare.append(add_headers)
    return app


async def _listen(gateway: Gateway) -> tuple[web.AppRunner, Settings]:
    settings = gateway.settings
    runner = web.AppRunner(
        application(gateway),
        access_log=None,
        handle_signals=False,
        shutdown_timeout=CUT_WITHIN,
        max_line_size=LONGEST_HEADER,
        max_field_size=LONGEST_HEADER,
    )
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.port, ssl_context=_tls(settings), backlog=BACKLOG)
    await site.start()
    port: int = runner.addresses[0][1]
    return runner, settings.with_port(port)


async def _end(gateway: Gateway, runner: web.AppRunner, linger: float) -> None:
    """Draining: pages are asked to come again, requests finish, the journals are sealed. A connection that is closed
    while a request is on its way down it looks like a failure from there: so they are left, not cut."""
    for site in tuple(runner.sites):
        await site.stop()
    gateway.under_way.leaving = True
    await gateway.drain()
    if gateway.house.post is not None:
        await gateway.house.post.over(DRAIN)
    until = time.monotonic() + linger
    while runner.server is not None and runner.server.connections and time.monotonic() < until:  # noqa: ASYNC110 - aiohttp's
        await asyncio.sleep(LOOK)
    await gateway.under_way.over(DRAIN)
    await runner.cleanup()
    await gateway.seal()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls.certificate, settings.tls.key)
    return context


async def serve(settings: Settings, *, ready: asyncio.Event | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings, linger=LINGER):
        gc.collect()
        gc.freeze()  # rosters and journals that were just folded stay: no collection need look at them again
        if ready is not None:
            ready.set()
        await stop.wait()
        log.info("draining")


def run(settings: Settings) -> None:
    """The process of ``genkan serve``."""
    configure_logs(settings.log_level)
    gc.set_threshold(*COLLECT_AFTER)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(settings))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where there is one: a request costs some 50 µs less."""
    try:
        import uvloop
    except ImportError:
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return made
