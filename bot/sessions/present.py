"""What a session shows in a room: everything is made from what is stored at the moment of showing, so that a message
that is sent late or again is right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.artifacts import Knowledge
from bot.i18n.catalog import Voice
from bot.model.action import Action
from bot.model.ids import RoomId
from bot.model.reply import Block, Choice, Choices, Entry, Note, Paragraph, Pick, Reply, Until
from bot.ports import Linked, Sender, Sessions
from bot.quiz.items import Item, ItemType
from bot.quiz.scoring import Place, counting, scoreboard, share, tally
from bot.quiz.scoring import counted as counted_questions
from bot.quiz.session import Answer, Phase, Player
from bot.sessions import board
from bot.sessions.answers import mistake, sign
from bot.sessions.live import Live, Lives
from bot.text import needs_kosovo_footnote


class Presenter:
    """Makes the messages of the outbox."""

    def __init__(self, knowledge: Knowledge, store: Sessions, lives: Lives) -> None:
        self._knowledge = knowledge
        self._store = store
        self._lives = lives

    async def post(self, live: Live, linked: Linked, kind: str, question: int, sender: Sender) -> Reply:
        """The message of an outbox row."""
        session = live.session
        match kind:
            case "lobby":
                link = sender.direct_link if session.rules.secret else ""
                return self._boards(
                    linked,
                    lambda voice: board.lobby(session, len(live.active), voice, link=link),
                    [] if sender.numbered else self._lobby_choices(live, linked),
                )
            case "question":
                item = await self.item(live, question)
                return self._boards(
                    linked,
                    lambda voice: self._question(live, linked, question, item, voice, numbered=sender.numbered),
                    [] if sender.numbered else self.answering(live, question, item, self._voice(linked)),
                )
            case "reveal":
                item = await self.item(live, question)
                given = counting(live.players.values(), await self._store.answers(session.id, question))
                counted = tally(session.questions[question], given)
                own = given[0].value if live.solo and given else None
                typed = item.topic if sender.numbered and not linked.private else ""
                return self._boards(
                    linked,
                    lambda voice: board.reveal(
                        session, question, item, voice, counted, self._sources(item), own=own, typed=typed
                    ),
                    self._after(live, linked, question, item, numbered=sender.numbered),
                )
            case "rank" | "score":
                standings = await self.standings(live)
                mine = Choice(board_mine(self._voice(linked)), Action("quiz mine", (session.id,)))
                return self._boards(
                    linked,
                    lambda voice: board.rank(standings, voice, final=kind == "rank"),
                    [mine] if linked.private or not sender.numbered else [],
                )
            case _:
                return self._boards(
                    linked, lambda voice: [Paragraph(board.notice(kind, session, question, voice), voice.lang)], []
                )

    async def redrawn(self, live: Live, linked: Linked, kind: str, question: int, sender: Sender) -> Reply:
        """A message shown before, when its time is over: the same without its choices."""
        reply = await self.post(live, linked, kind, question, sender)
        gone = Choices | Pick | Entry | Until
        return replace(reply, blocks=tuple(block for block in reply.blocks if not isinstance(block, gone)))

    def going_on(self, reply: Reply, linked: Linked) -> Reply:
        """The message after a long outage, when it may have been shown before."""
        voice = self._voice(linked)
        return replace(reply, blocks=(Note(board.recovered(voice), voice.lang), *reply.blocks))

    def lost(self, live: Live, room: RoomId) -> Reply:
        """For whoever steers: a room of the session cannot be written to any more."""
        voice = self._voice(live.home)
        text = voice(
            "quiz.room_lost",
            "I can no longer write in a room of your quiz. It goes on in its other rooms; without any, it has ended. "
            "The answers are kept: the command “report” shows them.",
        )
        return Reply((Paragraph(text, voice.lang),), private=True)

    async def item(self, live: Live, question: int) -> Item:
        """The pinned item of a question."""
        return await self._lives.item(live.session.questions[question].pinned)

    async def standings(self, live: Live) -> Sequence[Place]:
        """The scoreboard as it is now."""
        return scoreboard(live.session, live.players.values(), await self._store.answers(live.session.id))

    async def score(self, live: Live, voice: Voice) -> list[Block]:
        """The scoreboard in between."""
        return board.rank(await self.standings(live), voice, final=live.session.phase is Phase.CLOSED)

    async def copy(self, live: Live, player: Player, voice: Voice, *, numbered: bool) -> list[Block]:
        """The open question for one player, in the player's language and with the player's own time."""
        session, index = live.session, live.session.question
        item, asked = await self.item(live, index), session.questions[index]
        words = numbered or item.type in (ItemType.ORDERING, ItemType.MATCHING)
        typed = board.how_to_type(item, asked, voice, direct=False) if words else ""
        blocks = board.question(session, index, item, voice, answered=None, typed=typed, factor=player.factor)
        return blocks if numbered else [*blocks, *self.pressed(live, index, item, voice)]

    def pressed(self, live: Live, question: int, item: Item, voice: Voice) -> list[Block]:
        """What one player can press to answer, or to change the answer."""
        own = self.answering(live, question, item, voice, copy=False)
        buttons = tuple(one for one in own if isinstance(one, Choice))
        blocks = [one for one in own if not isinstance(one, Choice)]
        return [*blocks, Choices(buttons, voice.lang)] if buttons else blocks

    async def mine(self, live: Live, player: Player, voice: Voice, question: int | None) -> list[Block]:
        """A player's own result: of one question, or of all that were not wholly right."""
        lang, blocks = voice.lang, list[Block]()
        given = await self._given(live, player)
        for place in await self.standings(live):
            if place.player.number == player.number:
                blocks.append(Paragraph(board.place_line(place, voice), lang, strong=True))
        wanted = await self._missed(live, player) if question is None else [question]
        for index in wanted:
            if index in counted_questions(live.session) or index in live.session.voided:
                item, asked = await self.item(live, index), live.session.questions[index]
                answer = given.get(index)
                blocks += mistake(index, item, asked, voice, answer.value if answer else None)
        if question is None and not wanted:
            blocks.append(Paragraph(voice("quiz.no_mistakes", "No mistakes. Well done!"), lang))
        return blocks

    async def missed_topics(self, live: Live, player: Player, question: int | None) -> list[str]:
        """Topics to read again, each once, five at most."""
        wanted = await self._missed(live, player) if question is None else [question]
        topics = [(await self.item(live, index)).topic for index in wanted]
        return [topic for topic in dict.fromkeys(topics) if topic in self._knowledge.library.topics][:5]

    async def _missed(self, live: Live, player: Player) -> list[int]:
        given = await self._given(live, player)
        return [
            index
            for index in counted_questions(live.session)
            if index >= player.joined
            and (index not in given or share(live.session.questions[index], given[index].value) < 1)
        ]

    async def _given(self, live: Live, player: Player) -> dict[int, Answer]:
        answers = await self._store.answers(live.session.id)
        return {answer.question: answer for answer in answers if answer.player == player.number}

    def answering(
        self, live: Live, question: int, item: Item, voice: Voice, *, copy: bool = True
    ) -> list[Block | Choice]:
        """What can be pressed under an open question: numbers and shapes, which no language changes."""
        session, asked, lang = live.session, live.session.questions[question], voice.lang
        at = (session.id, str(question))
        own = [Choice(board_copy(voice), Action("quiz copy", at))] if copy else []
        if item.type in (ItemType.SINGLE, ItemType.TRUEFALSE):
            numbers = range(1, len(asked.order) + 1)
            return [*(Choice(sign(n), Action("quiz pick", (*at, str(n)))) for n in numbers), *own]
        if item.type is ItemType.MULTIPLE:
            items = tuple((sign(n), str(n)) for n in range(1, len(asked.order) + 1))
            prompt = voice("quiz.pick_several", "Choose all that apply")
            return [Pick(items, Action("quiz pick", at), lang, prompt), *own]
        # Translators: button that opens a field to type an answer in
        label = voice("quiz.type_answer", "Answer")
        field = voice("quiz.your_answer", "Your answer")
        hint = board.how_to_type(item, asked, voice, direct=False)
        return [Entry(label, Action("quiz type", at), lang, title=label, field=field, hint=hint[:100]), *own]

    def _question(
        self, live: Live, linked: Linked, question: int, item: Item, voice: Voice, *, numbered: bool
    ) -> list[Block]:
        session = live.session
        direct = session.rules.secret and not linked.private
        asked = session.questions[question]
        current = question == session.question and session.phase is Phase.ASKING
        help_needed = current and (numbered or item.type in (ItemType.ORDERING, ItemType.MATCHING))
        typed = board.how_to_type(item, asked, voice, direct=numbered and direct) if help_needed else ""
        answered = len(live.answered) if current and not live.solo else None
        return board.question(session, question, item, voice, answered=answered, typed=typed)

    def _lobby_choices(self, live: Live, linked: Linked) -> list[Choice]:
        if live.session.phase is not Phase.LOBBY:
            return []
        # Translators: button under the announcement of a quiz
        return [Choice(self._voice(linked)("quiz.join", "Join"), Action("quiz join", (live.session.code,)))]

    def _after(self, live: Live, linked: Linked, question: int, item: Item, *, numbered: bool) -> list[Choice]:
        """What can be pressed under the answer; in a room where numbers are typed nothing, as they may be answers."""
        if numbered and not linked.private:
            return []
        voice, at = self._voice(linked), (live.session.id, str(question))
        choices = []
        if live.solo and live.session.phase is not Phase.CLOSED:
            # Translators: button: go on to the next question
            choices.append(
                Choice(voice("quiz.go_on", "Next question"), Action("quiz next", (live.session.id, str(question))))
            )
        if not live.solo:
            choices.append(Choice(board_mine(voice), Action("quiz mine", at)))
        if item.topic in self._knowledge.library.topics:
            # Translators: button: leads to the explanation of the topic
            choices.append(Choice(voice("quiz.learn_more", "Learn more"), Action("explain", (item.topic,))))
        # Translators: button: something is wrong with this question
        choices.append(Choice(voice("quiz.flag", "Report a mistake"), Action("quiz flag", at)))
        return choices

    def _sources(self, item: Item) -> list[str]:
        register = self._knowledge.library.sources
        return list(dict.fromkeys(register[name].institution for name in item.sources if name in register))

    def _boards(self, linked: Linked, make: Callable[[Voice], list[Block]], pressed: Sequence[Block | Choice]) -> Reply:
        """The same in each of the room's languages, then what can be pressed, once."""
        blocks: list[Block] = []
        for tag in linked.languages:
            part = make(self._knowledge.voices[tag])
            if needs_kosovo_footnote(part):
                part.append(Note(self._knowledge.library.kosovo_footnote(tag), tag))
            blocks += part
        blocks += [one for one in pressed if not isinstance(one, Choice)]
        buttons = tuple(one for one in pressed if isinstance(one, Choice))
        if buttons:
            blocks.append(Choices(buttons, linked.languages[0]))
        return Reply(tuple(blocks))

    def _voice(self, linked: Linked) -> Voice:
        return self._knowledge.voices[linked.languages[0]]


def board_mine(voice: Voice) -> str:
    """Label of the button that shows one's own result."""
    # Translators: button: shows the player's own answers and points
    return voice("quiz.my_result", "My result")


def board_copy(voice: Voice) -> str:
    """Label of the button that shows the question in one's own language."""
    # Translators: button on a question: shows it to this player alone in the player's own language
    return "🌐 " + voice("quiz.my_language", "My language")
