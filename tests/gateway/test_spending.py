"""The actual cost in an answer: put beside the report, and nothing else of the answer is changed."""

import pytest

from engine import Answer
from gateway.spending import with_actual


def spent(_plan, data):
    return len(data)


def told(body):
    return with_actual(Answer(body), None, spent).body


def test_the_rest_of_the_answer_stays_byte_for_byte():
    data = (
        '{"a":"\u00e9\u2028","b":1.5e+300,"c":18446744073709551615,"d":-9223372036854775808,"e":[null,true,{}],"f":0.1}'
    )
    assert told(f'{{"data":{data},"extensions":{{"cost":{{"requested":9}}}}}}'.encode()) == (
        f'{{"data":{data},"extensions":{{"cost":{{"requested":9,"actual":6}}}}}}'.encode()
    )


@pytest.mark.parametrize("text", [b'"\\ud800"', b'"\xed\xa0\x80"'])
def test_half_a_character_cannot_be_read_back_so_the_answer_stays_as_it_is(text):
    body = b'{"data":{"a":' + text + b'},"extensions":{"cost":{"requested":9}}}'
    assert told(body) == body
