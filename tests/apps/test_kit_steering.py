"""The browser's kit in an empty page: pointer, touch and keys, and asking Python."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

# ---------------------------------------------------------------------------------------------------- steering

STEERED = "<div id='root' tabindex='0' style='width:100px;height:60px;touch-action:none'></div>"
STEER = """(more) => {
  window.at = %s;
  kit.steer(root, { size: () => %s, at: () => at, choose: (to) => { at = to; seen.push(to); },
    hover: (to) => seen.push(["over", to]), ...more });
}"""


def press(tab: Page, *keys: str) -> list[Any]:
    """The places that keys lead to, one after the other."""
    tab.locator("#root").focus()
    places = []
    for key in keys:
        tab.keyboard.press(key)
        places.append(tab.evaluate("at"))
    return places


def test_a_line_is_walked_by_keys(kit_page: Any) -> None:
    tab = kit_page(STEERED)
    tab.evaluate(f"({STEER % (3, 30)})()")
    keys = ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "PageUp", "PageDown", "End", "ArrowRight", "Home", "a")
    assert press(tab, *keys) == [4, 5, 4, 3, 6, 3, 29, 29, 0, 0]
    assert press(tab, "Control+ArrowRight", "Alt+ArrowRight", "Meta+ArrowRight", "Shift+ArrowRight") == [0, 0, 0, 1]


def test_a_list_in_rows_is_walked_down_and_across(kit_page: Any) -> None:
    tab = kit_page(STEERED)
    tab.evaluate(f"({STEER % (0, 10)})({{ across: () => 4, page: 8, keys: {{ Enter: () => (at = 7) }} }})")
    assert press(tab, "ArrowDown", "ArrowRight", "ArrowUp", "ArrowDown", "PageDown", "PageUp", "Enter") == [
        4, 5, 1, 5, 9, 1, 7,
    ]  # fmt: skip


def test_a_grid_is_walked_within_its_edges_by_the_keys_that_count(kit_page: Any) -> None:
    tab = kit_page(STEERED)
    tab.evaluate(f"({STEER % ([0, 1], [3, 5])})({{ when: (event) => !event.shiftKey }})")
    assert press(tab, "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowDown", "End", "ArrowRight", "Shift+Home") == [
        [0, 1], [0, 0], [0, 0], [1, 0], [2, 4], [2, 4], [2, 4],
    ]  # fmt: skip


def test_a_pointer_passes_over_clicks_and_leaves(kit_page: Any) -> None:
    tab = kit_page(STEERED)
    tab.evaluate(f"({STEER % ([0, 0], [3, 5])})()")
    tab.mouse.move(50, 30)
    tab.mouse.click(99, 59)
    tab.mouse.move(50, 200)
    assert tab.evaluate("seen") == [["over", [1, 2]], ["over", [2, 4]], [2, 4], ["over", None]]


def test_a_drag_is_held_outside_the_node_too(kit_page: Any) -> None:
    tab = kit_page(STEERED)
    tab.evaluate(f"({STEER % (0, 10)})({{ drag: true, hover: null }})")
    tab.mouse.move(15, 30)
    tab.mouse.down()
    tab.mouse.move(55, 30)
    tab.mouse.move(400, 300)
    tab.mouse.up()
    tab.mouse.move(5, 30)
    assert tab.evaluate("seen") == [1, 5, 9]


def test_nothing_is_steered_before_there_is_something(kit_page: Any) -> None:
    tab = kit_page(STEERED)
    tab.evaluate(f"({STEER % (0, 'null')})()")
    tab.mouse.click(50, 30)
    assert press(tab, "ArrowRight") == [0]
    assert tab.evaluate("seen") == []


def test_a_place_of_ones_own_may_be_nowhere(kit_page: Any) -> None:
    tab = kit_page(STEERED)
    place = "(event) => { const [x] = kit.fraction(event, root); return x < 0.5 ? null : x; }"
    tab.evaluate(f"({STEER % (0, 10)})({{ hover: null, place: {place} }})")
    tab.mouse.click(20, 30)
    tab.mouse.click(75, 30)
    assert tab.evaluate("seen") == [0.75]


def test_many_elements_are_one_stop_of_the_tabulator(kit_page: Any) -> None:
    buttons = "".join(f"<button style='width:90px;height:30px'>{number}</button>" for number in range(5))
    tab = kit_page(f"<input><div id='root' style='width:200px;font-size:0'>{buttons}</div><input>")
    tab.evaluate("window.stop = kit.roving(root, 'button'); stop(document.querySelectorAll('button')[2])")
    tab.locator("input").first.focus()
    tab.keyboard.press("Tab")
    place = "document.activeElement.textContent"
    assert tab.evaluate(place) == "2"
    found = []
    for key in (
        "ArrowRight",
        "ArrowUp",
        "ArrowDown",
        "ArrowDown",
        "ArrowLeft",
        "ArrowDown",
        "End",
        "Home",
        "ArrowLeft",
    ):
        tab.keyboard.press(key)
        found.append(tab.evaluate(place))
    assert found == ["3", "1", "3", "4", "3", "4", "4", "0", "0"]
    assert tab.evaluate("[...root.children].map((each) => each.tabIndex)") == [0, -1, -1, -1, -1]
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement === document.querySelectorAll('input')[1]")
    # Other elements in their place: the first of them is the stop.
    tab.evaluate("root.replaceChildren(kit.make('button', 'x'), kit.make('button', 'y')), stop(null)")
    assert tab.evaluate("[...root.children].map((each) => each.tabIndex)") == [0, -1]


def test_a_row_and_a_column_of_elements_each_have_their_arrows(kit_page: Any) -> None:
    tab = kit_page(
        "<div id='root'><p><i tabindex='-1'>a</i> <i tabindex='-1'>b</i></p><p><i tabindex='-1'>c</i></p></div>"
        "<ul><li>x<li>y</ul>"
    )
    tab.evaluate("kit.roving(root, 'i', { row: 'p' })(), kit.roving(find('ul'), 'li')(), find('i').focus()")
    found = []
    for key in ("End", "ArrowDown", "Home", "ArrowUp"):
        tab.keyboard.press(key)
        found.append(tab.evaluate("document.activeElement.textContent"))
    assert found == ["b", "c", "c", "a"]
    tab.locator("li").first.focus()
    for key, text in (("ArrowRight", "x"), ("ArrowDown", "y"), ("ArrowUp", "x")):
        tab.keyboard.press(key)
        assert tab.evaluate("document.activeElement.textContent") == text


# ---------------------------------------------------------------------------------------------------- asking


def stop_clock(tab: Page) -> None:
    """From here on time passes by `clock.run_for` alone."""
    tab.clock.install(time=0)
    tab.clock.pause_at(1000)


def test_a_wish_is_sent_once_it_rests_and_again_until_it_is_answered(kit_page: Any) -> None:
    tab = kit_page()
    stop_clock(tab)
    tab.evaluate("window.done = false; window.want = kit.asking(root, () => done, () => seen.push('asked')), 0")
    tab.evaluate("want(), want()")
    tab.clock.run_for(100)
    tab.evaluate("want()")
    tab.clock.run_for(170)
    assert tab.evaluate("seen.length") == 0
    tab.clock.run_for(10)
    assert tab.evaluate("seen.length") == 1
    for wait, count in ((999, 1), (1, 2), (1999, 2), (1, 3), (4000, 4), (60_000, 4)):
        tab.clock.run_for(wait)
        assert tab.evaluate("seen.length") == count
    tab.evaluate("want(0)")  # another wish
    tab.clock.run_for(1)
    assert tab.evaluate("seen.length") == 5
    tab.evaluate("done = true, want()")
    tab.clock.run_for(60_000)
    assert tab.evaluate("seen.length") == 5


def test_a_wish_ends_with_its_widget_or_by_hand(kit_page: Any) -> None:
    tab = kit_page()
    stop_clock(tab)
    tab.evaluate("window.want = kit.asking(root, () => false, () => seen.push('asked'), { wait: 50, again: [100] }), 0")
    tab.evaluate("want(), want.cancel()")
    tab.clock.run_for(1000)
    assert tab.evaluate("seen.length") == 0
    tab.evaluate("want()")
    tab.clock.run_for(50)
    tab.evaluate("root.remove()")
    tab.clock.run_for(1000)
    assert tab.evaluate("seen.length") == 1


REQUESTS = """window.asked = [], window.requests = kit.requests((event, data) => asked.push([event, data]));
  window.ask = (how) => {
    const answer = requests.ask("select", { picture: "cat" }, how);
    answer.then((found) => seen.push(found));
    return answer.turn;
  }, 0;"""


def test_each_request_gets_its_own_answer_and_hears_how_far_it_is(kit_page: Any) -> None:
    tab = kit_page()
    tab.evaluate(REQUESTS)
    assert tab.evaluate("[ask({ progress: (value) => seen.push(value) }), ask()]") == [1, 2]
    assert tab.evaluate("asked[1]") == ["select", {"picture": "cat", "turn": 2}]
    assert tab.evaluate("[requests.receive({ turn: 1, done: 0.5 }), requests.receive({ turn: 9 })]") == [True, False]
    assert tab.evaluate("[requests.receive(null), requests.receive({})]") == [False, False]
    tab.evaluate("requests.receive({ turn: 2, problem: 'No.' }), requests.receive({ turn: 1, map: 7 })")
    assert tab.evaluate("seen") == [{"turn": 1, "done": 0.5}, {"turn": 2, "problem": "No."}, {"turn": 1, "map": 7}]
    assert tab.evaluate("[requests.receive({ turn: 1, map: 8 }), requests.waits(1)]") == [False, False]


def test_a_request_that_is_dropped_or_not_answered_ends(kit_page: Any) -> None:
    tab = kit_page()
    stop_clock(tab)
    tab.evaluate(REQUESTS)
    tab.evaluate("ask({ patience: 5000 }), ask({ patience: 5000 }), ask()")
    assert tab.evaluate("[requests.drop(2), requests.drop(2), requests.receive({ turn: 2 })]") == [True, False, False]
    tab.clock.run_for(4999)
    assert tab.evaluate("seen") == []
    tab.clock.run_for(1)
    assert tab.evaluate("seen") == [{"problem": "No answer came: try it again."}]
    tab.clock.run_for(600_000)
    assert tab.evaluate("[seen.length, requests.waits(3)]") == [1, True]
