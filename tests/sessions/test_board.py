"""What stands on the board."""

from bot.model.reply import Bullets, Note
from bot.quiz.scoring import Place
from bot.quiz.session import Player
from bot.sessions.board import rank


def place(number, rank, points, *, right=1, joined=0):
    return Place(rank, Player(number, f"P{number}", "en", joined=joined), points, right, 2)


def rows(blocks):
    return next(block.items for block in blocks if isinstance(block, Bullets))


def test_a_class_that_is_first_together_takes_one_line(knowledge):
    blocks = rank([place(number, 1, 1000) for number in range(1, 31)], knowledge.voices["en"], final=True)
    [(medal, text)] = rows(blocks)
    assert medal == "🥇"
    assert text.startswith("P1, P2, P3, ")
    assert text.endswith(", P30: 1000 points, 1 of 2 right")


def test_a_shared_place_keeps_apart_of_whom_something_else_is_to_be_said(knowledge):
    standings = [place(1, 1, 1000), place(2, 1, 1000, right=2), place(3, 1, 1000), place(4, 1, 1000, joined=1)]
    blocks = rank(standings, knowledge.voices["en"], final=False)
    assert [(medal, text.partition(":")[0]) for medal, text in rows(blocks)] == [
        ("🥇", "P2"),
        ("🥇", "P1, P3"),
        ("🥇", "P4"),
    ]


def test_nobody_is_shown_as_last(knowledge):
    standings = [place(1, 1, 1000), *(place(number, 2, 0) for number in range(2, 9))]
    blocks = rank(standings, knowledge.voices["en"], final=True)
    assert len(rows(blocks)) == 1
    assert any(isinstance(block, Note) and "7 more players" in block.text for block in blocks)
