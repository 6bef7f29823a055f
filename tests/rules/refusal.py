"""What a field of a policy says of a value that it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from budgetbot.rules.wrong import Way, Wrong


def refused(field: TypeAdapter[Any], value: object) -> list[tuple[Way, str]]:
    """What is wrong, and where below the field."""
    with pytest.raises(ValidationError) as caught:
        field.validate_python(value)
    (detail,) = caught.value.errors()
    cause = detail["ctx"]["error"]
    return list(cause.parts) if isinstance(cause, Wrong) else [((), str(cause))]
