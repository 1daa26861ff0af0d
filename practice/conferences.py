"""Conferences and their participants: who hears whom, who holds, and what ends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from practice.calls import Activity, Call, Callback
from practice.dial import finish_dial, tell_action
from practice.ground import Ground
from practice.script import WAIT_LAP_SECONDS, Script
from practice.twiml import INVALID
from practice.verbs import ConferenceNoun, Dial

#: Twilio's error: somebody in the conference has this label.
LABEL_IN_USE = 16025
#: And: the call that is to hear the coach is not in the conference; the coach goes on at the action.
NOT_IN_THE_ROOM = 13240
#: The word in statusCallbackEvent that asks for an event.
ASKED_BY = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
    "participant-speech-start": "speaker",
    "participant-speech-stop": "speaker",
    "announcement-end": "announcement",
}


def _word(value: object) -> str:
    return "true" if value else "false"


class Participant(Activity):
    """A call in a conference."""

    def __init__(self, conference: Conference, script: Script, verb: Dial, noun: ConferenceNoun) -> None:
        self.conference = conference
        self.script = script
        self.call = script.call
        self.noun = noun
        self.muted = noun.muted
        self.hold = False
        self.coaches = noun.coach
        self.end_on_exit = noun.end_conference_on_exit
        self.joined_at = script.ground.now
        self._verb = verb
        self._music: Script | None = None
        self._inside = True

    @property
    def can_be_heard(self) -> bool:
        """Whether the far end's voice goes anywhere."""
        return self._inside and self.conference.status == "in-progress" and not self.muted and not self.hold

    def parameters(self) -> dict[str, str]:
        """What conference callbacks say about the participant."""
        found = {
            "CallSid": self.call.sid,
            "Muted": _word(self.muted),
            "Hold": _word(self.hold),
            "Coaching": _word(self.coaches is not None),
            "EndConferenceOnExit": _word(self.end_on_exit),
            "StartConferenceOnEnter": _word(self.noun.start_conference_on_enter),
        }
        if self.coaches:
            found["CallSidToCoach"] = self.coaches
        if self.noun.participant_label:
            found["ParticipantLabel"] = self.noun.participant_label
        return found

    def play(self, url: str | None, method: str, role: str, *, again: bool) -> None:
        """Music or an announcement for this participant alone; with `again` it starts over at its end."""
        self.silence()
        if url is None:
            self.call.hear("(hold music)", "music")
            return
        if not url:
            return

        def ended() -> None:
            if again and self._music is music:
                self.script.ground.later(WAIT_LAP_SECONDS, next_lap)
            elif self._music is music:
                self._music = None
                self.conference.report("announcement-end", self)

        def next_lap() -> None:
            if self._music is music and self._inside:
                self.play(url, method, role, again=True)

        music = Script(
            self.script.machine, self.call, role, on_end=ended, on_error=lambda: None, extra=self._about_conference
        )  # fmt: skip
        self._music = music
        music.fetch(url if "://" in url else self.script.resolve(url), method)

    def _about_conference(self) -> dict[str, str]:
        return {"ConferenceSid": self.conference.sid, "FriendlyName": self.conference.name}

    def silence(self) -> None:
        """Stop music and announcements."""
        music, self._music = self._music, None
        if music is not None:
            music.cancel("silence")

    def set_hold(self, url: str | None, method: str, *, hold: bool) -> None:
        """Put on hold with music, or take back."""
        if hold == self.hold:
            return
        self.hold = hold
        self.call.hear("on" if hold else "off", "hold")
        if hold:
            self.play(url, method, "announce", again=True)
        else:
            self.silence()
        self.conference.report("participant-hold" if hold else "participant-unhold", self)

    def set_muted(self, *, muted: bool) -> None:
        """Mute or unmute."""
        if muted != self.muted:
            self.muted = muted
            self.conference.report("participant-mute" if muted else "participant-unmute", self)

    def spoke(self, seconds: float) -> None:
        """Speech of a participant who can be heard is an event, its end another."""
        if self.can_be_heard:
            self.conference.report("participant-speech-start", self)
            self.script.ground.later(seconds, lambda: self.conference.report("participant-speech-stop", self))

    def audience(self) -> list[Call]:
        """Everybody else who is not on hold; a coach is heard by one participant only."""
        if not self.can_be_heard:
            return []
        others = [other for other in self.conference.participants.values() if other is not self and not other.hold]
        return [other.call for other in others if self.coaches in (None, other.call.sid)]

    def press(self, digit: str) -> None:
        """The star leaves the conference, when the Dial allows it."""
        if digit == "*" and self._verb.hangup_on_star:
            self.leave()

    def leave(self) -> None:
        """Leave (or be removed) and go on with the TwiML after the Dial."""
        if self._inside:
            self._out()
            finish_dial(self.script, self._verb, {"DialCallStatus": "answered"})

    def cancel(self, reason: str) -> None:
        """The call ended or was sent elsewhere."""
        if not self._inside:
            return
        self._out()
        if reason == "hangup":
            verb = self._verb
            tell_action(self.script, verb.action, verb.method, "dial-action", {"DialCallStatus": "answered"})

    def _out(self) -> None:
        self._inside = False
        self.silence()
        self.call.hear(self.conference.name, "conference_left")
        self.conference.remove(self)


class Conference:
    """One conference from its first to its last participant."""

    def __init__(self, ground: Ground, sid: str, name: str, callback: Callback | None) -> None:
        self._ground = ground
        self.sid = sid
        self.name = name
        self.status: Literal["init", "in-progress", "completed"] = "init"
        self.created_at = ground.now
        self.updated_at = ground.now
        self.reason_ended: str | None = None
        self.call_sid_ending: str | None = None
        self.participants: dict[str, Participant] = {}
        self._callback = callback
        self._sequence = 0

    def add(self, participant: Participant) -> None:
        """Let a call in; with the second one, and one that may start it, the conference starts."""
        self.participants[participant.call.sid] = participant
        participant.call.hear(self.name, "conference_joined")
        self.report("participant-join", participant)
        self._beep(participant, "onEnter")
        may_start = any(each.noun.start_conference_on_enter for each in self.participants.values())
        if self.status == "init" and may_start and len(self.participants) > 1:
            self.status = "in-progress"
            self.report("conference-start", None)
            for each in self.participants.values():
                each.silence()
        elif self.status == "init":
            participant.play(participant.noun.wait_url, participant.noun.wait_method, "conference-wait", again=True)

    def remove(self, participant: Participant) -> None:
        """A participant is gone; perhaps the conference with it."""
        if self.participants.pop(participant.call.sid, None) is None:
            return
        self._beep(participant, "onExit")
        self.report("participant-leave", participant)
        if participant.end_on_exit:
            self.end("participant-with-end-conference-on-exit-left", participant.call.sid)
        elif not self.participants:
            self.end("last-participant-left", participant.call.sid)

    def labels(self) -> set[str]:
        """The labels that are in use; nobody else is let in under one of them."""
        return {each.noun.participant_label for each in self.participants.values()}

    def _beep(self, participant: Participant, when: Literal["onEnter", "onExit"]) -> None:
        """Let everybody else hear that a participant comes or goes."""
        if participant.noun.beep in ("true", when):
            for other in self.participants.values():
                if other is not participant:
                    other.call.hear("(beep)", "tone")

    def end(self, reason: str, call_sid: str | None = None) -> None:
        """End the conference: whoever is left goes on with the TwiML after the Dial."""
        if self.status == "completed":
            return
        self.status = "completed"
        self.reason_ended = reason
        self.call_sid_ending = call_sid
        for participant in list(self.participants.values()):
            participant.leave()
        extra = {"ReasonConferenceEnded": reason}
        if call_sid:
            extra["CallSidEndingConference"] = call_sid
        self.report("conference-end", None, extra)

    def report(self, event: str, participant: Participant | None, extra: dict[str, str] | None = None) -> None:
        """Send a conference callback, if it was asked for."""
        self.updated_at = self._ground.now
        if self._callback is None or ASKED_BY[event] not in self._callback.events:
            return
        self._sequence += 1
        parameters = {
            "ConferenceSid": self.sid,
            "FriendlyName": self.name,
            "AccountSid": self._ground.account_sid,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(self._sequence),
            "Timestamp": self._ground.rfc2822(),
            **(participant.parameters() if participant else {}),
            **(extra or {}),
        }
        self._ground.webhooks.send(
            "conference-status", self._callback.url, parameters, method=self._callback.method, is_callback=True
        )


class Conferences:
    """All conferences; a name belongs to one that is not over."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.conferences: dict[str, Conference] = {}

    def open_by_name(self, name: str) -> Conference | None:
        """The conference with this name that is not over."""
        for conference in self.conferences.values():
            if conference.name == name and conference.status != "completed":
                return conference
        return None

    def find(self, key: str) -> Conference | None:
        """By SID, or an open one by name."""
        return self.conferences.get(key) or self.open_by_name(key)

    def find_or_make(self, name: str, callback: Callable[[], Callback | None]) -> Conference:
        """The open conference of that name, or a new one; only its first participant sets the callback."""
        found = self.open_by_name(name)
        if found is None:
            found = Conference(self._ground, self._ground.new_sid("CF"), name, callback())
            self.conferences[found.sid] = found
        return found

    def join(self, script: Script, verb: Dial, noun: ConferenceNoun) -> Activity:
        """Execute Dial with Conference."""

        def callback() -> Callback | None:
            target = script.resolve(noun.status_callback) if noun.status_callback else None
            return Callback(target, noun.status_callback_method, noun.status_callback_event) if target else None

        known = self.open_by_name(noun.text)
        if noun.coach and (known is None or noun.coach not in known.participants):
            script.ground.trouble(NOT_IN_THE_ROOM, "the call to coach is not in the conference", script.url)
            script.after(0.0, lambda: finish_dial(script, verb, {"DialCallStatus": "failed"}))
            return Activity()
        conference = self.find_or_make(noun.text, callback)
        if len(conference.participants) >= noun.max_participants:
            script.ground.trouble(INVALID, "the conference is full", script.url)
            script.after(0.0, lambda: finish_dial(script, verb, {"DialCallStatus": "failed"}))
            return Activity()
        if noun.participant_label and noun.participant_label in conference.labels():
            script.ground.trouble(LABEL_IN_USE, "the participant label is in use", script.url)
            script.after(0.0, lambda: finish_dial(script, verb, {"DialCallStatus": "failed"}))
            return Activity()
        participant = Participant(conference, script, verb, noun)
        script.after(verb.time_limit, participant.leave)
        conference.add(participant)
        return participant
