"""What the tests of live markets and of faults share: a visitor without a browser, waiting, and no Python on a page."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect


def visit(url: str, page: str, query: str) -> str:
    """One script run of a session without a browser: all markdown and headings it was sent, until the run ends."""
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.page_name = page
    message.rerun_script.context_info.url = f"{url}/{page}"
    said = []
    address = url.replace("http", "ws") + "/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None, open_timeout=60) as socket:  # type: ignore[list-item]
        socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(socket.recv(60))  # type: ignore[arg-type]
            if answer.WhichOneof("type") == "script_finished":
                return "\n".join(said)
            element = answer.delta.new_element
            said.append(element.heading.body or element.markdown.body or element.alert.body)
            assert not element.HasField("exception"), element.exception.message


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Until it holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def no_traceback(page: Page) -> None:
    """Nothing on the page is Python's."""
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("Traceback")).to_have_count(0)
    expect(page.get_by_text("This part could not be shown")).to_have_count(0)
