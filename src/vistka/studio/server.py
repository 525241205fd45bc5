"""A Label Studio server, through its SDK: what the verbs need of it, and errors that say what to do.

Address and token come from `LABEL_STUDIO_URL` and `LABEL_STUDIO_API_KEY`. Reads are repeated with growing pauses;
an import is not, because one that timed out may have arrived: who sends looks first what is there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec import Struct

from vistka.findings import InputError, MissingExtra, UsageError, VistkaError

OLDEST = (1, 20)
"""The first release whose offsets and export are those that `convert.label_studio` reads."""
_TIMEOUT = 300.0
_ONCE: Any = {"max_retries": 0}


class ServerError(VistkaError):
    """The server could not be reached, or did not do what it was asked; `again` tells that a repetition may help."""

    def __init__(self, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.again = again


class Task(Struct, frozen=True):
    """A task without the work on it: how many annotations and pre-annotations it has."""

    id: int
    data: dict[str, Any]
    annotations: int
    predictions: int


class Server:
    """Projects, tasks and people of one server."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self.url = url

    @classmethod
    def connect(cls, url: str | None = None, token: str | None = None) -> Server:
        """The server of the environment; raises `UsageError` where a variable is missing, `ServerError` otherwise."""
        try:
            from label_studio_sdk import LabelStudio
        except ImportError as error:
            raise MissingExtra("studio", "label-studio-sdk") from error
        url = (url or os.environ.get("LABEL_STUDIO_URL") or "").rstrip("/")
        token = token or os.environ.get("LABEL_STUDIO_API_KEY") or ""
        for name, value in (("LABEL_STUDIO_URL", url), ("LABEL_STUDIO_API_KEY", token)):
            if not value:
                raise UsageError(f"{name} is not set: export it (the page of your account shows the token)")
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"LABEL_STUDIO_URL is {url!r}; it begins with http:// or https://")
        client: Any = LabelStudio  # its constructor has no types
        server = cls(client(base_url=url, api_key=token, timeout=_TIMEOUT), url)
        server._check_version()
        return server

    def _check_version(self) -> None:
        with self._said():
            release = getattr(self._client.versions.get(), "release", None)
            self._client.users.whoami()
        try:
            major, minor = (int(part) for part in str(release).split(".")[:2])
        except ValueError:
            raise ServerError(f"{self.url} names no release of Label Studio; is LABEL_STUDIO_URL right?") from None
        if (major, minor) < OLDEST:
            raise ServerError(f"{self.url} is Label Studio {release}; {OLDEST[0]}.{OLDEST[1]} or later is needed")

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Errors of the SDK as `ServerError`, without the token and without a body that may hold one."""
        import httpx
        from label_studio_sdk.core.api_error import ApiError

        try:
            yield
        except ApiError as error:
            status = error.status_code
            if status in (401, 403):
                raise ServerError(
                    f"{self.url} refused the token ({status}): LABEL_STUDIO_API_KEY is expired or of another server"
                ) from None
            if status == 404:
                raise ServerError(
                    f"{self.url} does not know what was asked (404); is LABEL_STUDIO_URL right?"
                ) from None
            again = status is not None and (status >= 500 or status == 429)
            cure = "; the same command may be run again" if again else ""
            raise ServerError(f"{self.url} answered {status}: {_reason(error.body)}{cure}", again=again) from None
        except httpx.TimeoutException:
            raise ServerError(f"{self.url} did not answer in {_TIMEOUT:.0f} s", again=True) from None
        except httpx.HTTPError as error:
            raise ServerError(
                f"{self.url} cannot be reached ({type(error).__name__}); is it running?", again=True
            ) from None
        except (ValueError, TypeError) as error:
            what = f"answered what is no answer of Label Studio ({type(error).__name__})"
            raise ServerError(f"{self.url} {what}; is LABEL_STUDIO_URL right?") from None

    # --- projects ---------------------------------------------------------------------------------------------

    def project(self, name: str) -> int | None:
        """The id of the project with this id or title; raises `InputError` where the title is not unique."""
        with self._said():
            found = [(p.id, p.title) for p in self._client.projects.list(page_size=100, include="id,title")]
        if name.isdigit() and int(name) in {number for number, _ in found}:
            return int(name)
        same = [number for number, title in found if title == name]
        if len(same) > 1:
            raise InputError(f"{self.url} has {len(same)} projects called {name!r}; name one by its number: {same}")
        return same[0] if same else None

    def existing(self, name: str) -> int:
        """The id of a project; raises `UsageError` where there is none."""
        number = self.project(name)
        if number is None:
            raise UsageError(f"{self.url} has no project {name!r}; `vistka studio push` makes one")
        return number

    def create(self, title: str, config: str) -> int:
        """A new project; asked once, since an answer that got lost does not mean that there is none."""
        with self._said():
            number = self._client.projects.create(title=title, label_config=config, request_options=_ONCE).id
        assert isinstance(number, int)
        return number

    def config(self, project: int) -> str:
        with self._said():
            return str(self._client.projects.get(id=project).label_config)

    def configure(self, project: int, config: str) -> None:
        with self._said():
            self._client.projects.update(id=project, label_config=config)

    def link(self, project: int, task: object) -> str:
        return f"{self.url}/projects/{project}/data?task={task}"

    # --- tasks ------------------------------------------------------------------------------------------------

    def export(self, project: int) -> bytes:
        """All tasks with annotations as Label Studio's JSON."""
        with self._said():
            pieces = self._client.projects.exports.download_sync(project, export_type="JSON", download_all_tasks=True)
            return b"".join(pieces)

    def tasks(self, project: int) -> Iterator[Task]:
        """All tasks of a project."""
        fields = "id,data,total_annotations,total_predictions"
        with self._said():
            for task in self._client.tasks.list(project=project, fields="task_only", include=fields, page_size=500):
                yield Task(task.id, task.data, task.total_annotations or 0, task.total_predictions or 0)

    def versions(self, project: int) -> dict[int, set[str]]:
        """Task id -> the model versions of its pre-annotations."""
        found: dict[int, set[str]] = {}
        with self._said():
            for prediction in self._client.predictions.list(project=project):
                found.setdefault(prediction.task, set()).add(str(prediction.model_version))
        return found

    def counts(self, project: int) -> tuple[int, int]:
        """How many tasks and how many pre-annotations a project has."""
        with self._said():
            found = self._client.projects.get(id=project)
        return int(found.task_number or 0), int(found.total_predictions_number or 0)

    def send(self, project: int, tasks: Iterable[Mapping[str, Any]]) -> int:
        """Import tasks with their pre-annotations, once; returns how many tasks the server says it has made."""
        return int(self._post(f"api/projects/{project}/import", tasks).get("task_count") or 0)

    def predict(self, project: int, predictions: Sequence[Mapping[str, Any]]) -> int:
        """Import pre-annotations of tasks that are there, once; returns how many the server says it has made."""
        return int(self._post(f"api/projects/{project}/import/predictions", predictions).get("created") or 0)

    def _post(self, path: str, items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """One request through the SDK's own client, which would else walk through megabytes value by value."""
        from label_studio_sdk.core.api_error import ApiError

        with self._said():
            answer = self._client._client_wrapper.httpx_client.request(
                path,
                method="POST",
                content=b"[%b]" % b",".join(map(msgspec.json.encode, items)),
                headers={"Content-Type": "application/json"},
                request_options=_ONCE,
            )
            if not answer.is_success:
                raise ApiError(status_code=answer.status_code, body=_body(answer))
            return dict(answer.json())

    def delete(self, tasks: Sequence[int]) -> None:
        """Delete tasks; one that is gone already, as after an answer that got lost, is deleted."""
        from label_studio_sdk.core.api_error import ApiError

        for number in tasks:
            with self._said():
                try:
                    self._client.tasks.delete(id=str(number))
                except ApiError as error:
                    if error.status_code != 404:
                        raise

    def people(self) -> dict[object, str]:
        """User id -> e-mail address."""
        with self._said():
            return {user.id: str(user.email) for user in self._client.users.list()}


def _body(answer: Any) -> Any:
    """The JSON of an answer, none where it is a page: what the SDK's own errors hold."""
    try:
        return answer.json()
    except ValueError:
        return None


def _reason(body: Any) -> str:
    """What Label Studio says of a refused request."""
    if isinstance(body, dict):
        return str(body.get("validation_errors") or body.get("detail") or "no reason given")[:300]
    return "no reason given"
