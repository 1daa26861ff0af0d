"""Queues: Enqueue, the waiting script, and every way out."""

from __future__ import annotations

from practice.calls import Activity, Call
from practice.dial import tell_action
from practice.ground import Ground
from practice.script import WAIT_LAP_SECONDS, Script
from practice.verbs import Enqueue


class Member(Activity):
    """A call that waits in a queue, or was connected out of it."""

    def __init__(self, queue: Queue, script: Script, verb: Enqueue) -> None:
        self.queue = queue
        self.script = script
        self.call = script.call
        self.entered_at = script.ground.now
        self.partner: Call | None = None
        self._verb = verb
        self._wait: Script | None = None
        self._inside = True

    @property
    def wait_seconds(self) -> int:
        """How long the call has waited."""
        return int(self.script.ground.now - self.entered_at)

    def wait(self) -> None:
        """Play one lap of the waiting script; after its end the next begins."""
        if self._verb.wait_url is None:
            self.call.hear("(hold music)", "music")
            return
        if not self._verb.wait_url:
            return

        def next_lap() -> None:
            if self._wait is script and self.waiting:
                self.wait()

        script = Script(
            self.script.machine,
            self.call,
            "queue-wait",
            on_end=lambda: self.script.after(WAIT_LAP_SECONDS, next_lap),
            on_leave=lambda: self.exit("leave"),
            on_error=lambda: self.exit("error"),
            extra=self.parameters,
        )
        self._wait = script
        script.fetch(self.script.resolve(self._verb.wait_url), self._verb.wait_url_method)

    @property
    def waiting(self) -> bool:
        """Whether the call still stands in the queue."""
        return self in self.queue.members

    def parameters(self) -> dict[str, str]:
        """What the waiting script is told."""
        return {
            "QueueSid": self.queue.sid,
            "QueuePosition": str(self.queue.position(self)),
            "QueueTime": str(self.wait_seconds),
            "AvgQueueTime": str(self.queue.average_wait),
            "CurrentQueueSize": str(len(self.queue.members)),
            "MaxQueueSize": str(self.queue.max_size),
        }

    def dequeue(self, partner: Call) -> None:
        """Out of the queue, to be connected with `partner`."""
        self._stop_waiting()
        self.partner = partner

    def exit(self, result: str) -> None:
        """Out of the queue and on with the action or the next verb."""
        if not self._inside:
            return
        self._inside = False
        outcome = self._outcome(result)
        self._stop_waiting()
        if self._verb.action is not None:
            self.script.fetch(self._verb.action or None, self._verb.method, outcome)
        else:
            self.script.advance()

    def _outcome(self, result: str) -> dict[str, str]:
        return {"QueueResult": result, "QueueSid": self.queue.sid, "QueueTime": str(self.wait_seconds)}

    def _stop_waiting(self) -> None:
        if self.waiting:
            self.queue.members.remove(self)
            self.queue.waits.append(self.wait_seconds)
        wait, self._wait = self._wait, None
        if wait is not None:
            wait.cancel("dequeued")

    def press(self, digit: str) -> None:
        """A key for the waiting script."""
        if self._wait is not None:
            self._wait.press(digit)

    def cancel(self, reason: str) -> None:
        """The caller hung up, or was sent elsewhere by REST. The action is told; its answer is not executed."""
        if not self._inside:
            return
        self._inside = False
        bridged = self.partner is not None
        result = ("redirected-from-bridged" if bridged else "redirected") if reason == "redirected" else "hangup"
        outcome = self._outcome("bridged" if bridged and reason == "hangup" else result)
        self._stop_waiting()
        tell_action(self.script, self._verb.action, self._verb.method, "queue-action", outcome)

    def audience(self) -> list[Call]:
        """Whoever took the call out of the queue."""
        return [self.partner] if self.partner is not None else []


class Queue:
    """A line of waiting calls."""

    def __init__(self, ground: Ground, name: str, max_size: int) -> None:
        self.sid = ground.new_sid("QU")
        self.name = name
        self.max_size = max_size
        self.created_at = ground.now
        self.members: list[Member] = []
        self.waits: list[int] = []

    @property
    def average_wait(self) -> int:
        """Seconds that those who left had waited, on average."""
        return sum(self.waits) // len(self.waits) if self.waits else 0

    def position(self, member: Member) -> int:
        """1 for the front; 0 for a call that has left."""
        return self.members.index(member) + 1 if member in self.members else 0

    def member(self, key: str) -> Member | None:
        """By call SID, or "Front"."""
        if key == "Front":
            return self.members[0] if self.members else None
        return next((member for member in self.members if member.call.sid == key), None)


class Queues:
    """All queues of the account."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.queues: dict[str, Queue] = {}

    def by_name(self, name: str) -> Queue | None:
        """The queue of that name."""
        return next((queue for queue in self.queues.values() if queue.name == name), None)

    def find_or_make(self, name: str, max_size: int | None = None) -> Queue:
        """The queue of that name, made on first mention."""
        queue = self.by_name(name)
        if queue is None:
            queue = Queue(self._ground, name, max_size or self._ground.config.queue_max_size)
            self.queues[queue.sid] = queue
        return queue


def enqueue(queues: Queues, script: Script, verb: Enqueue) -> Activity:
    """Execute Enqueue."""
    queue = queues.find_or_make(verb.text, verb.max_queue_size)
    member = Member(queue, script, verb)
    if len(queue.members) >= queue.max_size:
        script.after(0.0, lambda: member.exit("queue-full"))
        return member
    queue.members.append(member)
    member.call.hear(queue.name, "queued")
    member.wait()
    return member
