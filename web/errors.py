"""Which answer each refusal becomes, decided once. Every page says what happened, what to do, and who can help."""

import traceback
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admissions import errors as domain
from web import formats
from web.csrf import ForgedRequest
from web.i18n import gettext as _
from web.pages import page, see_other

log = structlog.get_logger("web")

STATUS: dict[type[Exception], int] = {
    domain.NotFound: 404,
    domain.NotPermitted: 403,
    domain.RoundClosed: 409,
    domain.IllegalTransition: 409,
    domain.NotReady: 409,
    domain.InvalidInput: 400,
    domain.TooManyAttempts: 429,
    ForgedRequest: 403,
}


class SignInNeeded(Exception):
    """An officer's page was asked for without a session; ``next_path`` is where to go afterwards."""

    def __init__(self, next_path: str) -> None:
        super().__init__("sign-in needed")
        self.next_path = next_path


class StartNeeded(Exception):
    """A page of the application form was asked for without a form session, or after it ran out."""


def not_found() -> HTTPException:
    """Return the error to raise where an address names nothing."""
    return HTTPException(404)


@dataclass(frozen=True)
class Explanation:
    """An error in words: what happened, what to do now."""

    title: str
    happened: str
    to_do: str


def explain_status(status: int) -> Explanation:
    """Return the words for an answer that carries no reason of its own."""
    match status:
        case 404:
            return Explanation(
                _("Không tìm thấy trang này"),
                _("Địa chỉ có thể bị gõ thiếu, hoặc trang đã được chuyển đi."),
                _("Anh/chị xem lại địa chỉ, hoặc về trang đầu để đi tiếp."),
            )
        case 403:
            return Explanation(
                _("Anh/chị không xem được trang này"),
                _("Trang này dành cho người có quyền khác."),
                _("Nếu đây là việc của anh/chị, hãy đăng nhập bằng đúng tài khoản."),
            )
        case 409:
            return Explanation(
                _("Việc này chưa làm được vào lúc này"),
                _("Tình trạng hồ sơ hoặc đợt tuyển sinh đã thay đổi sau khi anh/chị mở trang."),
                _("Anh/chị mở lại trang để xem tình trạng mới rồi làm tiếp. Những gì đã lưu vẫn còn."),
            )
        case 413:
            return Explanation(
                _("Nội dung gửi lên quá lớn"),
                _("Máy chủ không nhận được biểu mẫu này."),
                _("Anh/chị bấm nút quay lại của trình duyệt và gửi lại với nội dung ngắn hơn."),
            )
        case 429:
            return Explanation(
                _("Anh/chị đã thử quá nhiều lần"),
                _("Để giữ an toàn cho hồ sơ của các con, trang tạm dừng nhận thêm lần thử từ máy này."),
                _("Anh/chị chờ ít phút rồi thử lại."),
            )
        case 405 | 400 | 422:
            return Explanation(
                _("Trang không hiểu yêu cầu này"),
                _("Địa chỉ hoặc biểu mẫu gửi lên thiếu phần cần thiết."),
                _("Anh/chị về trang đầu và làm lại từ bước gần nhất. Những gì đã lưu vẫn còn."),
            )
    return Explanation(
        _("Trang đang gặp trục trặc"),
        _("Lỗi này do hệ thống, không phải do anh/chị. Những gì đã lưu vẫn còn."),
        _("Anh/chị thử lại sau ít phút. Nếu vẫn gặp, hãy gọi số hỗ trợ và đọc mã lỗi bên dưới."),
    )


def _explain(error: Exception, status: int) -> Explanation:
    """Return the words for a domain error, with its own reason where it carries one."""
    usual = explain_status(status)
    match error:
        case domain.NotPermitted(reason=reason):
            return Explanation(
                _("Anh/chị không làm được việc này"), reason, _("Người có quyền khác cần làm bước này.")
            )
        case domain.NotReady(reason=reason):
            return Explanation(
                _("Chưa làm được bước này"), reason, _("Làm xong việc trên rồi quay lại trang này.")
            )
        case domain.RoundClosed(opens_at=opens_at, closes_at=closes_at):
            return Explanation(
                _("Đợt này hiện không nhận hồ sơ"),
                _("Đợt nhận hồ sơ từ %(opens)s đến %(closes)s.",
                  opens=formats.moment(opens_at), closes=formats.moment(closes_at)),
                _("Nếu anh/chị cần nộp muộn, hãy gọi số hỗ trợ hoặc đến UBND xã nơi ở."),
            )  # fmt: skip
        case domain.TooManyAttempts(retry_at=retry_at):
            return Explanation(
                usual.title,
                usual.happened,
                _("Anh/chị thử lại sau %(time)s.", time=formats.clock_time(retry_at)),
            )
        case ForgedRequest():
            return Explanation(
                _("Trang đã mở quá lâu"),
                _("Để giữ an toàn, biểu mẫu này không còn dùng được nữa."),
                _("Anh/chị quay lại trang trước, tải lại trang rồi gửi lần nữa."),
            )
    return usual


def error_page(request: Request, status: int, explanation: Explanation) -> Response:
    """Return the page for an error, with the reference number under which the log knows the request."""
    return page(
        request, "error.html", status=status, explanation=explanation, reference=request.state.reference,
        show_reference=status >= 500,
    )  # fmt: skip


def _on_refusal(request: Request, error: Exception) -> Response:
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    log.info("refused", error=type(error).__name__, status=status, reference=request.state.reference)
    return error_page(request, status, _explain(error, status))


def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    return error_page(request, status, explain_status(status))


def _crash_page(request: Request, error: Exception) -> Response:
    """Say sorry with a number to quote; where it went wrong goes to the log and never onto the page."""
    frames = traceback.extract_tb(error.__traceback__)
    # Where it happened, not what the exception says: its text may hold what a family typed.
    trace = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    log.error("crashed", error=type(error).__name__, reference=request.state.reference, trace=trace)
    return error_page(request, 500, explain_status(500))


def _on_sign_in_needed(request: Request, error: SignInNeeded) -> Response:
    return see_other(f"/can-bo/dang-nhap?tiep={quote(error.next_path)}")


def _on_start_needed(request: Request, error: Exception) -> Response:
    return see_other("/nop-ho-so?het-phien=1")


def register_error_pages(app: FastAPI) -> None:
    """Give every refusal, every HTTP error and every crash its page."""
    for kind in STATUS:
        app.add_exception_handler(kind, _on_refusal)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_http)
    app.add_exception_handler(SignInNeeded, _on_sign_in_needed)
    app.add_exception_handler(StartNeeded, _on_start_needed)
    app.add_exception_handler(domain.SessionExpired, _on_start_needed)
    app.add_middleware(CrashPages)


class CrashPages:
    """ASGI layer that ends a crash here, so that nothing outside prints an exception's text with what it holds."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a crash before the answer began becomes a page, a later one cuts the answer off."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watched_send(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched_send)
        except Exception as error:
            response = _crash_page(Request(scope, receive), error)
            if not begun:
                await response(scope, receive, send)
