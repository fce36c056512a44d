"""What schemathesis cannot read in the description of the API: who asks, and texts whose form no pattern says."""

import secrets

import requests
import schemathesis
from hypothesis import strategies as st

PASSWORD = "correct horse 7"


@schemathesis.auth(retry_on=[401])
class Caller:
    """Somebody who is registered. A request may end the session or the account: whoever is refused is followed by another."""

    def get(self, case, context):
        base = case.operation.schema.get_base_url()
        who = {"username": f"fuzz_{secrets.token_hex(8)}", "password": PASSWORD}
        requests.post(f"{base}/api/user/register", json=who, timeout=10).raise_for_status()
        reply = requests.post(f"{base}/api/user/login", json=who, timeout=10)
        return reply.json()["data"]["token"]

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def filter_case(context, case):
    """Leaves out texts that are said to be outside a format: schemathesis knows ours by their names alone."""
    data = case.meta.phase.data if case.meta else None
    return not any("format" in mutation.keywords for mutation in getattr(data, "mutations", ()))


printable = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60)
words = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=1, max_size=40)

# Each holds a part of what its format allows: the rest is in the tests of the rings.
schemathesis.openapi.format("username", st.builds("x{}_{}".format, words, st.integers(0, 2**40)))
schemathesis.openapi.format("password", st.one_of(st.just(PASSWORD), printable.map("{}secret".format)))
schemathesis.openapi.format("avatar", st.one_of(st.just(""), words.map("/{}.png".format), words.map("https://{}.example".format)))
schemathesis.openapi.format("line", st.one_of(words, printable.map("x{}".format)))
