from portal.awork import breaker
from portal.awork.breaker import FAILURES, SECONDS, Breaker


def broken(times=FAILURES):
    one = Breaker()
    for _ in range(times):
        one.record(answered=False)
    return one


def clock(monkeypatch, ahead):
    now = breaker.time.monotonic()
    monkeypatch.setattr(breaker.time, "monotonic", lambda: now + ahead)


def test_it_holds_until_the_last_failure_in_a_row():
    assert broken(FAILURES - 1).allows()
    assert not broken().allows()


def test_when_the_time_is_over_one_caller_tries_it_for_all(monkeypatch):
    one = broken()
    clock(monkeypatch, SECONDS + 1)
    assert [one.allows() for _ in range(3)] == [True, False, False]


def test_one_more_failure_keeps_it_open_and_one_answer_closes_it(monkeypatch):
    one = broken()
    clock(monkeypatch, SECONDS + 1)
    one.allows()
    one.record(answered=False)
    assert not one.allows()
    one.record(answered=True)
    assert one.allows()
