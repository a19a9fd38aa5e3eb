from ferrograph.embedding.jobs import Job, JobTable, Priority
from hypothesis import given
from hypothesis import strategies as st

KEYS = [b"a", b"b", b"c", b"d"]
ADD = st.tuples(st.just("add"), st.sampled_from(KEYS), st.sampled_from(Priority))
TAKE = st.tuples(st.just("take"), st.integers(0, 3), st.none())
CANCEL = st.tuples(st.just("cancel"), st.sampled_from(KEYS), st.none())


@given(st.lists(st.one_of(ADD, TAKE, CANCEL), max_size=40))
def test_jobs_come_by_priority_then_arrival_at_that_priority(steps: list) -> None:
    table = JobTable()
    expected: list[tuple[Priority, int, bytes]] = []  # what waits, by a list that is sorted
    for serial, (step, subject, priority) in enumerate(steps):
        if step == "add":
            job = Job(key=subject, content_hash=b"", text="", priority=priority)
            waiting = next((entry for entry in expected if entry[2] == subject), None)
            if waiting is None or waiting[0] != priority:
                expected = [entry for entry in expected if entry[2] != subject]
                expected.append((priority, serial, subject))
            table.add(job)
        elif step == "take":
            taken = table.take(subject)
            table.settle(taken)
            assert [job.key for job in taken] == [key for _, _, key in sorted(expected)[:subject]]
            expected = sorted(expected)[subject:]
        else:
            present = any(entry[2] == subject for entry in expected)
            assert table.cancel([subject]) == present
            expected = [entry for entry in expected if entry[2] != subject]
        assert table.waiting == len(expected)


def test_adding_over_and_over_does_not_grow_the_table() -> None:
    table = JobTable()
    for number in range(20_000):
        priority = Priority(number % 3)
        table.add(Job(key=b"k", content_hash=b"", text="", priority=priority))
    assert len(table._heap) < 3000
    assert [job.priority for job in table.take(5)] == [Priority(19_999 % 3)]
