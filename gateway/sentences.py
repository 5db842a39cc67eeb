"""What each stable code of a problem means: its HTTP status, and a sentence for the person in two languages.

A sentence says what to do next and repeats nothing that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """One row of the table."""

    status: int
    ja: str
    en: str


KINDS: Mapping[str, Kind] = {
    # what was sent
    "malformed": Kind(400, "送信された内容を読み取れませんでした。", "What was sent could not be read."),
    "invalid": Kind(422, "入力内容に誤りがあります。", "Something in what was sent is not right."),
    "too_large": Kind(413, "送信された内容が大きすぎます。", "What was sent is too large."),
    "media_type": Kind(415, "この形式では受け付けられません。", "It must be sent as application/json."),
    "not_found": Kind(404, "このページはありません。", "There is nothing at this address."),
    "method": Kind(405, "この操作はここではできません。", "This address does not do that."),
    # who asks
    "origin": Kind(403, "別のサイトからの操作は受け付けません。", "This may not be asked for from another site."),
    "link_unknown": Kind(
        404,
        "このリンクは見つかりません。メールのリンクをもう一度ご確認ください。",
        "This link is not known. Please check the link in your e-mail.",
    ),
    "link_expired": Kind(410, "このリンクの有効期限は過ぎています。", "This link has expired."),
    "link_not_yet": Kind(
        403,
        "このリンクは、まだ使えません。面接の時刻が近づいてから、もう一度開いてください。",
        "This link cannot be used yet. Please open it again when your interview is near.",
    ),
    "link_revoked": Kind(
        410,
        "このリンクは無効になりました。新しいリンクをご利用ください。",
        "This link was replaced. Please use the newer one.",
    ),
    "session_missing": Kind(401, "リンクをもう一度開いてください。", "Please open your link again."),
    "session_expired": Kind(
        401,
        "時間がたったため、リンクをもう一度開いてください。",
        "This page has been open too long. Please open your link again.",
    ),
    "forbidden": Kind(403, "この操作は許可されていません。", "You may not do this."),
    "no_seat": Kind(409, "先に受付をお済ませください。", "Please check in first."),
    "slow_down": Kind(
        429,
        "少し時間をおいて、もう一度お試しください。係員も確認しています。",
        "Please wait a moment and try again. Staff are checking too.",
    ),
    # what may happen now
    "no_such_event": Kind(404, "このイベントは見つかりません。", "There is no such event."),
    "no_such_interview": Kind(404, "この面接は見つかりません。", "There is no such interview."),
    "no_such_room": Kind(404, "この部屋は見つかりません。", "There is no such room."),
    "no_such_claim": Kind(404, "この申し出は見つからないか、処理済みです。", "This claim is not open."),
    "no_such_staff": Kind(404, "この担当者は見つかりません。", "There is no such member of staff."),
    "no_such_provider": Kind(404, "この接続方法は使えません。", "There is no such provider."),
    "no_such_person": Kind(404, "この方の席はありません。", "There is no such person here."),
    "no_such_attempt": Kind(422, "その時刻の記録はありません。", "Nobody tried at that time."),
    "no_such_session": Kind(409, "接続はまだ準備されていません。", "No such session was opened."),
    "session_exists": Kind(409, "接続はすでに準備されています。", "A session stands already."),
    "consent_needed": Kind(409, "先にお知らせへの同意が必要です。", "Please agree to the notice first."),
    "notice_outdated": Kind(
        409, "お知らせが更新されました。もう一度ご確認ください。", "The notice has changed. Please read it again."
    ),
    "declarations_needed": Kind(
        409, "先に確認項目へのチェックが必要です。", "Please tick the checklist first, as far as it is required."
    ),
    "declarations_outdated": Kind(
        409, "確認項目が更新されました。もう一度ご確認ください。", "The checklist has changed. Please read it again."
    ),
    "too_early": Kind(409, "受付はまだ始まっていません。", "Check-in has not opened yet."),
    "name_empty": Kind(422, "お名前を入力してください。", "Please enter your name."),
    "number_differs": Kind(
        409,
        "番号を確認できませんでした。係員が確認しています。",
        "The number could not be confirmed. Staff are checking.",
    ),
    "interview_over": Kind(409, "この面接は終了しています。", "This interview is over."),
    "interview_needed": Kind(422, "どの方の席かを選んでください。", "Please choose whose seat it is."),
    "claim_needed": Kind(422, "申し出の番号が必要です。", "The claim needs an id."),
    "not_waiting": Kind(409, "この方は今、待合にいません。", "This person is not waiting now."),
    "room_occupied": Kind(409, "この部屋には別の方がいます。", "Somebody else is in this room."),
    "room_paused": Kind(409, "この部屋は中断しています。", "This room is paused."),
    "on_hold": Kind(409, "この方は保留中です。", "This person is on hold."),
    "in_room": Kind(409, "入室中はこの操作ができません。", "Not while this person is in the room."),
    "difference_open": Kind(
        409, "名前の違いを先に確認してください。", "Please settle the difference in the name first."
    ),
    "no_companions": Kind(
        409,
        "この面接の決まりでは、同伴の方は入室できません。お電話ください。",
        "By the rules of this interview no companions come in. Please telephone.",
    ),
    "too_many_companions": Kind(
        409,
        "この面接の決まりで入室できる同伴の方は、もう全員入っています。お電話ください。",
        "As many companions have come in as the rules of this interview allow. Please telephone.",
    ),
    "no_difference": Kind(409, "確認する違いはありません。", "There is no difference to settle."),
    "mail_off": Kind(
        409,
        "メールサーバーが設定されていません。設定ファイルの [mail] をご確認ください。",
        "No mail server is set. See [mail] in the settings.",
    ),
    "no_rehearsal": Kind(404, "このイベントの練習はありません。", "There is no rehearsal of this event."),
    "rehearsal_of_rehearsal": Kind(409, "これは練習です。練習の練習は作れません。", "This is a rehearsal itself."),
    "rehearsal_only": Kind(
        422,
        "この接続先は練習専用です。本番には使えません。",
        "This provider is for rehearsals only; it carries nobody.",
    ),
    "rehearsal_outside": Kind(
        422,
        "練習では、外部の接続先は使えません。",
        "A rehearsal asks nothing of a service outside.",
    ),
    "mail_rehearsal": Kind(409, "練習用のイベントからはメールを送りません。", "A rehearsal writes to nobody."),
    "no_report": Kind(
        422, "不達の通知として読み取れません。", "This is no notification of mail that could not be delivered."
    ),
    "mail_too_late": Kind(409, "もう時刻を過ぎています。", "The time that this mail is about has passed."),
    "no_such_mail": Kind(404, "このメールの記録はありません。", "There is no record of this mail."),
    "not_cancelled": Kind(409, "この面接は取り消されていません。", "The interview is not cancelled."),
    "not_changed": Kind(409, "時刻も面接室も変わっていません。", "Neither the time nor the room has changed."),
    "room_not_ready": Kind(409, "面接室の準備ができていません。", "The room is not ready yet."),
    "too_many_mails": Kind(
        409, "この面接には送信待ちのメールが多すぎます。", "Too much mail is waiting to be sent for this interview."
    ),
    "already_asked": Kind(409, "受験者の返事を待っています。", "The candidate was asked and has not answered yet."),
    "already_scheduled": Kind(409, "この面接は登録済みです。", "This interview is already scheduled."),
    "already_created": Kind(409, "このイベントは作成済みです。", "This event exists already."),
    "bad_rooms": Kind(422, "部屋の指定に誤りがあります。", "The rooms are not right."),
    "bad_times": Kind(422, "時刻の指定に誤りがあります。", "The times are not right."),
    "bad_target": Kind(422, "対象を一つだけ選んでください。", "Please name exactly one."),
    "early_not_allowed": Kind(409, "開始時刻の前には入室できません。", "Nobody is let in before the scheduled time."),
    "not_asked": Kind(409, "お尋ねしていることはありません。", "Nothing has been asked."),
    "not_admitted": Kind(409, "まだ入室の許可が出ていません。", "You have not been let in yet."),
    "not_admitting": Kind(409, "入室の途中ではありません。", "Nobody is being let in now."),
    "not_in_session": Kind(409, "面接中ではありません。", "No interview is under way."),
    "not_closing": Kind(409, "終了の取り消しはできません。", "There is no finish to undo."),
    "event_not_over": Kind(
        409,
        "最後の面接が終わるまで、個人情報は削除できません。",
        "Personal data cannot be deleted before the last interview has ended.",
    ),
    "journal_lost": Kind(
        503,
        "記録の一部が失われているため、いまは何も記録できません。担当者が確認しています。",
        "Part of the record is missing, so nothing can be recorded now. Staff are looking into it.",
    ),
    "nothing_lost": Kind(409, "失われた記録はありません。", "Nothing is missing."),
    "journal_gone": Kind(
        409,
        "このイベントの記録は保存先に残っていません。バックアップから戻してください。",
        "The store has no journal of this event. Restore it from a backup.",
    ),
    "not_due": Kind(409, "まだその時刻ではありません。", "It is not time for that yet."),
    "resat": Kind(409, "この面接の再面接はすでに決まっています。", "This interview is being sat again already."),
    "slot_taken": Kind(
        409, "同じ面接室で、ほかの面接と時間が重なります。", "It overlaps another interview in the same room."
    ),
    "not_over": Kind(409, "この面接は終わっていません。", "This interview has not ended."),
    "not_absent": Kind(409, "欠席にはなっていません。", "This interview is not marked absent."),
    "not_holder": Kind(409, "この席は別の画面で続いています。", "Your seat is in use on another page."),
    "not_seated_before": Kind(409, "この画面からは席を引き継げません。", "This page cannot take the seat."),
    "needs_a_person": Kind(409, "担当者の判断が必要です。", "A person has to decide this."),
    "seated": Kind(409, "この方は受付を済ませています。", "This person has checked in."),
    "too_many_changes": Kind(
        409, "規則の変更の回数が上限に達しました。", "The rules of this event have been changed too often."
    ),
    "too_many_pauses": Kind(409, "中断の回数が上限に達しました。", "This was paused too often."),
    "too_many_claims": Kind(
        429, "申し出が多いため、係員の対応をお待ちください。", "Too many claims are open; staff will settle some first."
    ),
    "no_notice": Kind(409, "連絡はありません。", "There is no notice that this could be about."),
    "cancel_closed": Kind(
        409,
        "このページから取り消せる期限を過ぎています。お電話ください。",
        "It is too late to cancel on this page. Please call.",
    ),
    "too_many_notices": Kind(
        429, "連絡は届いています。係員の対応をお待ちください。", "Your notices have arrived. Staff will answer."
    ),
    "changed_meanwhile": Kind(
        409,
        "確認のあとに接続先が変わりました。もう一度内容をご確認ください。",
        "The provider was changed after you looked. Please look again.",
    ),
    "nothing_to_confirm": Kind(409, "この予約に返事は要りません。", "This booking needs no reply any more."),
    "nothing_proposed": Kind(409, "いま切り替えの提案はありません。", "No change of provider is proposed now."),
    "nothing_to_move": Kind(409, "この面接はすでに現在の接続先です。", "This interview is with that provider already."),
    "no_such_alarm": Kind(404, "この警告はもうありません。", "This alarm is not open any more."),
    "terms_needed": Kind(
        409,
        "接続先の利用規約に同意してから入室してください。",
        "Please agree to the provider's terms before you go in.",
    ),
    "nothing_to_seal": Kind(409, "封をする記録はありません。", "There is nothing to seal."),
    "moved_on": Kind(
        409,
        "確認のあとに内容が変わりました。何も変更していません。もう一度ご確認ください。",
        "Something changed after you looked. Nothing was done; please look again.",
    ),
    "missing_differs": Kind(
        409,
        "名簿にない人数が、指定された人数と違います。何も変更していません。",
        "Another number of people is missing from the file than was said. Nothing was done.",
    ),
    "newer_release": Kind(
        503, "このイベントは新しい版で記録されています。", "This event was written by a later release."
    ),
    "refused": Kind(409, "今はこの操作ができません。", "That is not possible now."),
    "conflict": Kind(
        409,
        "ほかの操作と重なりました。もう一度お試しください。",
        "Somebody did something at the same moment. Try again.",
    ),
    "upgrade_needed": Kind(426, "ライブ接続(WebSocket)が必要です。", "This address is for WebSockets."),
    "unknown_interview": Kind(404, "この面接は見つかりません。", "There is no such interview."),
    "unknown_room": Kind(404, "この部屋は見つかりません。", "There is no such room."),
    "unknown_role": Kind(
        422,
        "役割は interviewer(面接官)、reception(受付)、administrator(管理者)のどれかです。",
        "The role is interviewer, reception or administrator.",
    ),
    "unknown_staff": Kind(404, "この担当者は見つかりません。", "There is no such member of staff."),
    "unknown_provider": Kind(404, "この接続方法は使えません。", "There is no such provider."),
    "closed_event": Kind(503, "このイベントは今、この版では扱えません。", "This release cannot serve this event now."),
    # the room
    "not_embedded": Kind(
        409, "この接続方法ではページ内の映像を使いません。", "This provider's video is not on this page."
    ),
    "call_full": Kind(409, "この部屋は満員です。", "This call is full."),
    "code_unknown": Kind(
        404,
        "この番号は見つかりません。新しい番号を表示してください。",
        "This number is not known. Please show a new one.",
    ),
    "provider_failed": Kind(
        502,
        "映像の接続先が応答しません。係員が確認しています。",
        "The provider of the video does not answer. Staff are checking.",
    ),
    "not_redirecting": Kind(
        409,
        "この面接の映像は、この画面の中で始まります。",
        "This interview's video is on the console itself.",
    ),
    "no_url": Kind(
        409,
        "この面接に使う接続先のURLが登録されていません。",
        "No link of the provider's was imported for this interview.",
    ),
    "no_evaluator_url": Kind(
        409,
        "面接官用のURLが登録されていません。接続先の管理画面からお入りください。",
        "No interviewers' link was imported. Please enter on the provider's own page.",
    ),
    "not_genuine": Kind(401, "この通知は確認できませんでした。", "This callback is not genuine."),
    "provider_busy": Kind(503, "映像の接続先が混み合っています。", "The provider of the video is busy."),
    # what an administrator asks for
    "unknown_event": Kind(404, "このイベントはありません。", "There is no such event."),
    "event_exists": Kind(
        409, "この id のイベントはすでにあります。別の id にしてください。", "This event's id is taken. Use another."
    ),
    "roster_faults": Kind(
        422, "名簿に誤りがあります。何も登録していません。", "The roster has faults. Nothing was imported."
    ),
    "links_faults": Kind(
        422,
        "リンクの一覧に誤りがあります。何も登録していません。",
        "The list of links has faults. Nothing was imported.",
    ),
    "not_issued": Kind(
        422,
        "この接続先では、リンクの登録は要りません。",
        "Links of this provider are not imported: it makes them when they are needed.",
    ),
    "cannot_encode": Kind(
        422,
        "この文字コードで表せない文字があります。UTF-8 をお使いください。",
        "Some characters have no form in this encoding. Use UTF-8.",
    ),
    "too_many_staff": Kind(409, "担当者が多すぎます。", "There are too many members of staff."),
    "unknown_operation": Kind(404, "この操作はありません。", "There is no such operation."),
    "body_invalid": Kind(
        400, "映像の接続内容を読み取れませんでした。", "The request to the media worker was not right."
    ),
    "sdp_invalid": Kind(
        400,
        "映像の接続内容を読み取れませんでした。ページを再読み込みしてください。",
        "The browser's offer could not be used. Please reload the page.",
    ),
    "generation_lower": Kind(409, "接続が切り替わりました。", "The call has moved on."),
    "admission_over": Kind(409, "この入室は終わっています。", "This admission has ended."),
    "call_unknown": Kind(404, "この通話はありません。", "There is no such call."),
    "calls_full": Kind(429, "映像の接続が混み合っています。", "The media worker is full."),
    "call_moving": Kind(
        503, "映像の接続先を切り替えています。数秒で戻ります。", "The call is being moved. It will be back in seconds."
    ),
    "media_not_shared": Kind(
        503,
        "この接続先では映像の部屋を使えません。管理者に media.workers の設定を確認するよう伝えてください。",
        "The built-in room is at another gateway. Several gateways need media.workers in their settings.",
    ),
    "person_unknown": Kind(403, "まだ入室の許可が出ていません。", "You have not been let into the call."),
    "peer_unknown": Kind(404, "この接続は終わっています。", "This connection has ended."),
    "peer_replaced": Kind(409, "別の端末で映像が続いています。", "Your video is on another device."),
    "peer_removed": Kind(403, "この通話から退室しました。", "You were let out of the call."),
    "too_many_offers": Kind(429, "少し時間をおいてください。", "Please wait a moment."),
    "token_forged": Kind(401, "映像の入室許可が無効です。", "This permission to enter is not genuine."),
    "token_expired": Kind(401, "映像の入室許可の期限が切れました。", "This permission to enter has expired."),
    "token_audience": Kind(403, "映像の入室許可が無効です。", "This permission is for something else."),
    "token_wrong_call": Kind(403, "映像の入室許可が無効です。", "This permission is for another call."),
    "token_old_generation": Kind(409, "接続が切り替わりました。", "The call has moved on."),
    "token_old_device": Kind(409, "別の端末で映像が続いています。", "Your video is on another device."),
    "token_role": Kind(403, "映像の入室許可が無効です。", "This permission is for another role."),
    "token_removed": Kind(403, "この通話から退室しました。", "This admission has ended."),
    "token_replayed": Kind(401, "映像の入室許可は使用済みです。", "This permission was used before."),
    # we
    "too_many_entries": Kind(507, "このイベントの記録は上限に達しました。", "This event's journal is full."),
    "held": Kind(
        409,
        "保全中のため、個人情報を削除できません。",
        "The event is on hold: its personal data is not deleted.",
    ),
    "purge_not_begun": Kind(409, "個人情報の削除は始まっていません。", "No deletion of personal data has begun."),
    "purged": Kind(410, "このイベントの個人情報は削除されました。", "This event's personal data has been deleted."),
    "draining": Kind(
        503, "サーバーを再起動しています。すぐに戻ります。", "The server is restarting. It will be back at once."
    ),
    "store": Kind(
        503, "ただいま記録できません。もう一度お試しください。", "This could not be recorded. Please try again."
    ),
    "internal": Kind(
        500, "思わぬ問題が起きました。もう一度お試しください。", "Something unexpected went wrong. Please try again."
    ),
}
