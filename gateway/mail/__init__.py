"""Mail: invitations, changed times, reminders, "we are ready", absence and cancellation.

The journal is the queue: a mail that is queued and neither sent, dropped nor undelivered is to be sent. A gateway that
comes back after a crash reads what is left out of the journal, so no mail is lost; one whose acceptance by the mail
server (the 250 after DATA) was not recorded any more goes out a second time under the same Message-ID.
"""
