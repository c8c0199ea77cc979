"""How many answers are sent at once, to a share and to an address."""

from io import BytesIO

import pytest

from webdav.app import build_app
from webdav.settings import DavSettings, ServerLimits
from webdav.slots import AnswerSlots, GrantedBody


def test_slots_are_counted_for_the_share_and_for_the_address():
    slots = AnswerSlots(limit=2)

    taken = [slots.take(share=share, client=client) for share, client in ("1a", "1b", "1c", "2a", "3a", "2b")]
    slots.give_back(share="1", client="a")

    assert taken == [True, True, False, True, False, True]
    assert slots.take(share="3", client="a")


def test_slots_forget_what_was_given_back():
    slots = AnswerSlots(limit=2)
    slots.take(share="1", client="a")

    slots.give_back(share="1", client="a")

    assert len(slots) == 0


def test_a_quarter_of_the_threads_is_the_limit():
    assert DavSettings().answers_at_once == ServerLimits().threads // 4


@pytest.fixture
def begin(shares, dav_kit):
    app = build_app(directory=shares, settings=DavSettings(answers_at_once=2), clock=shares.clock)

    def begin(target="/dav/Mail/a.eml"):
        answer = {}
        environ = {
            "REQUEST_METHOD": "GET",
            "REQUEST_URI": target,
            "wsgi.url_scheme": "https",
            "REMOTE_ADDR": "203.0.113.9",
            "wsgi.input": BytesIO(),
            "SCRIPT_NAME": "",
            "PATH_INFO": target,
            "HTTP_AUTHORIZATION": dav_kit.basic(dav_kit.USER, dav_kit.SECRET),
        }
        body = app(environ, lambda status, headers, _exc_info=None: answer.update(status=status, headers=dict(headers)))
        return body, iter(body), answer

    return begin


def test_answer_beyond_the_limit_is_a_503_before_anything_is_read(begin, shares):
    running = [begin(), begin()]
    begun = [next(blocks) for _, blocks, _ in running]

    _, blocks, answer = begin()

    assert b"Try again in a moment." in b"".join(blocks)
    assert (answer["status"], answer["headers"]["Retry-After"]) == ("503 Service Unavailable", "1")
    assert (begun, len(shares.reads)) == ([b"0123456789" * 10] * 2, 2)

    running[0][0].close()
    _, blocks, answer = begin()

    assert (b"".join(blocks), answer["status"]) == (b"0123456789" * 10, "200 OK")


def test_answer_that_fails_gives_its_slot_back(begin, shares):
    lookup, shares.tree.lookup = shares.tree.lookup, lambda _path: 1 / 0
    for _ in range(3):
        body, blocks, _ = begin()
        with pytest.raises(ZeroDivisionError):
            next(blocks)
        body.close()
    shares.tree.lookup = lookup

    assert b"".join(begin()[1]) == b"0123456789" * 10


def test_body_says_that_it_is_done_even_where_its_blocks_fail_to_end():
    done = []

    class Failing:
        def close(self):
            raise RuntimeError("can't end")

    with pytest.raises(RuntimeError):
        GrantedBody(Failing(), on_close=lambda: done.append(1)).close()
    GrantedBody((), on_close=lambda: done.append(2)).close()

    assert done == [1, 2]
