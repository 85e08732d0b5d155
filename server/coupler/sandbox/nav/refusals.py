"""Every refusal of the lower modules as the answer of a server instance."""

from collections.abc import Callable

from coupler.sandbox.filters import QueryError, Unsupported
from coupler.sandbox.nav.answers import Refused, Reply, bad_request, not_implemented
from coupler.sandbox.wire import BadTarget


def answered_by(serve: Callable[[], Reply]) -> Reply:
    """What `serve` answers, refusals in the vendor's form."""
    try:
        return serve()
    except Refused as refused:
        return refused.reply()
    except QueryError as error:
        return _query_refusal(error).reply()
    except Unsupported as unsupported:
        return not_implemented(unsupported.name).reply()
    except BadTarget as error:
        return bad_request(str(error), "BadRequest_NotFound").reply()


def _query_refusal(error: QueryError) -> Refused:
    codes = {"syntax": "BadRequest_NotFound", "length": "Application_FilterErrorException"}
    return bad_request(str(error), codes.get(error.problem, "BadRequest"))
