"""Errors of login and permission, so that a caller can tell them from other wrong input."""

from onecity.core.errors import OneCityError


class LoginError(OneCityError, PermissionError):
    """Name and password do not fit, or too many attempts were made."""

    __str__ = OneCityError.__str__

    @property
    def retry_after(self) -> int | None:
        """Seconds to wait where attempts are refused for now; None where waiting does not help."""
        seconds = self.values.get("seconds")
        return seconds if isinstance(seconds, int) else None


class SecondFactorError(LoginError):
    """The password fits; a code of the second factor is needed besides."""


class ForbiddenError(OneCityError, PermissionError):
    """Somebody wants to do what none of their roles allows."""

    __str__ = OneCityError.__str__
