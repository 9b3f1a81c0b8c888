"""What may be told of an exception whose message may hold somebody's text."""

from inkling.service.engine.errors import ModelFailed


def describe_failure(error: BaseException) -> str:
    """Where an exception was raised and of which type; not its message, which may hold text."""
    if isinstance(error, ModelFailed):  # described where it was raised
        return str(error)
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return f"{type(error).__qualname__} at " + " > ".join(frames[-6:])
