"""The words of "why?": what an entry says, who made it, and what a rule's figures are called."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.record.words import Pair

# waiting_room.evidence.Evidence.what
EVIDENCE: Mapping[str, Pair] = {
    "policy": ("この判定に用いた規則が決まった", "the rules that decided this were set"),
    "timed": ("面接の時刻が決まった", "the time of the interview was set"),
    "contact": ("係員が本人と連絡した", "staff spoke to the candidate"),
    "late_notice": ("本人から連絡があった", "the candidate sent word"),
    "notice_withdrawn": ("本人が連絡を取り消した", "the candidate took that back"),
    "overdue": ("欠席の時刻を過ぎ、欠席が提案された", "the absence was due and was proposed"),
    "too_late": ("入室の限度を過ぎて受付を試みた", "tried to check in after the time for late entry"),
    "withdrawn": ("欠席が取り下げられた", "the absence was taken back"),
    "checked_in": ("受付をした", "checked in"),
    "ended": ("終了が記録された", "the end was recorded"),
    "link_opened": ("リンクが開かれた", "the link was opened"),
    "service_gap": ("当方のシステムが止まっていた", "our own service was down"),
    "pause": ("中断の開始または再開", "a pause began or ended"),
    "provider_down": ("接続先が使えなくなった", "the provider was down from here on"),
    "provider_up": ("接続先がまた使えるようになった", "the provider was there again"),
    "tried_number": ("番号が合わず受付できなかった", "tried to check in, and the number did not match"),
    "tried_device": ("機器または通信の確認に失敗した", "a check of devices or network failed"),
    "tried_cannot_connect": ("接続できないと連絡があった", "told us that they could not connect"),
    "tried_claim": ("席は自分のものと申し出た", "claimed the seat as theirs"),
}
# who made an entry: the role that they acted in
ROLES: Mapping[str, Pair] = {
    "candidate": ("本人", "the candidate"),
    "companion": ("同伴者", "a companion"),
    "interviewer": ("面接官", "an interviewer"),
    "reception": ("受付", "reception"),
    "administrator": ("管理者", "an administrator"),
    "staff": ("係員", "staff"),
    "system": ("システム", "the system"),
    "provider": ("接続先", "the provider"),
}
# what the policy's keys are called (waiting_room.evidence.POLICY_OF)
FIGURES: Mapping[str, Pair] = {
    "opens_before": ("受付の開始(開始前)", "check-in opens before the start"),
    "arrive_by": ("受付の締切(開始前)", "check in by, before the start"),
    "late_after": ("これより後は遅刻(開始後)", "late after, from the start"),
    "late_entry": ("遅れての入室", "late entry"),
    "refuse_after": ("入室の制限(開始後)", "late entry restricted after, from the start"),
    "absent_after": ("これより後は欠席を提案(開始後)", "absence proposed after, from the start"),
    "absence": ("欠席の確定", "how an absence is confirmed"),
    "without_contact": ("連絡のない欠席", "an absence without a word"),
    "contact_stops_absence": ("連絡があれば欠席としない", "word from the candidate stops the absence"),
    "contact_stops_for": ("連絡の効力", "for how long it does"),
    "cancel_by": ("取消の期限", "cancelling on the page until"),
    "reply_by": ("確認の返信の期限", "confirming the booking until"),
    "confirmation": ("予約の確認", "how a booking is confirmed"),
}
# what a key's value is called where it is a code
VALUES: Mapping[str, Pair] = {
    "late_entry.allow": ("認める", "allowed"),
    "late_entry.ask": ("係員に尋ねる", "staff are asked"),
    "late_entry.refuse": ("認めない", "refused"),
    "absence.proposed": ("担当者が確定", "by a person"),
    "absence.automatic": ("自動", "by itself"),
    "without_contact.absent": ("欠席", "an absence"),
    "without_contact.deemed_cancelled": ("取消とみなす", "deemed a cancellation"),
    "confirmation.none": ("なし", "none"),
    "confirmation.reply": ("返信", "by a reply"),
    "confirmation.on_sending": ("送信時", "on sending"),
}
# headings of the list
HEADINGS: Mapping[str, Pair] = {
    "why": ("判定の理由", "Why?"),
    "rule": ("規則", "Rule"),
    "since": ("規則の版", "Rules in force since"),
    "figures": ("規則の数値", "Figures of the rule"),
    "deadlines": ("時刻の定め", "Deadlines"),
    "times": ("判定に用いた時刻", "Times that it rests on"),
    "entries": ("根拠の記録", "Entries that it rests on"),
    "none": ("なし", "none"),
    "yes": ("はい", "yes"),
    "no": ("いいえ", "no"),
    "planned": ("予定", "planned"),
    "by": ("記録者", "by"),
    "resits": ("再実施の元", "Re-sits"),
    "resat_by": ("再実施", "Re-sat by"),
}
