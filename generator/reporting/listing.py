"""The reporter's issues as GitHub lists them: read when they are first needed, and once for all environments."""

from dataclasses import dataclass
from functools import cached_property

from generator.github import issues
from generator.github.connection import GitHub
from generator.github.issues import Issue, Listing


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What an author filed in a repository, as far as it was asked for."""

    github: GitHub
    author: str

    @property
    def is_whole(self) -> bool:
        """Tell whether `lately` is all there is."""
        return self._page.complete

    @cached_property
    def lately(self) -> tuple[Issue, ...]:
        """The issues that changed last, by one request; only where a page cannot hold all, all open ones too."""
        page = self._page
        return page.issues if page.complete else (*page.issues, *issues.open_issues(self.github, self.author))

    @cached_property
    def ever(self) -> tuple[Issue, ...]:
        """All issues, by as many requests as there are pages: needed only before something new is filed."""
        return self.lately if self.is_whole else (*issues.closed_issues(self.github, self.author), *self.lately)

    @cached_property
    def _page(self) -> Listing:
        return issues.recent(self.github, self.author)
