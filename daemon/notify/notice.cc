#include "daemon/notify/notice.h"

#include "daemon/notify/text.h"

namespace revisitd::daemon::notify {

std::string_view notice_type(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::receiver_rejects:
      return "receiver.rejects";
    case NoticeKind::receiver_accepts:
      return "receiver.accepts";
    case NoticeKind::restarts:
      return "daemon.restarts";
  }
  return "";
}

std::string notice_headline(const Notice& notice) {
  switch (notice.kind) {
    case NoticeKind::receiver_rejects:
      return "revisitd cannot tell the receiver " + one_line(notice.receiver) + " anything";
    case NoticeKind::receiver_accepts:
      return "The receiver " + one_line(notice.receiver) + " takes messages again";
    case NoticeKind::restarts:
      return "revisitd was started " + std::to_string(notice.count) + " times since " +
             people_time(notice.since);
  }
  return "";
}

std::string notice_text(const Notice& notice) {
  switch (notice.kind) {
    case NoticeKind::receiver_rejects:
      return "A message was given up: " + one_line(notice.why) +
             ". It is kept as a dead letter, and so is what follows. The page Deliveries has them, "
             "and "
             "says how they are sent again once the receiver is mended.";
    case NoticeKind::receiver_accepts:
      return "It took none since " + people_time(notice.since) +
             ". The page Deliveries has the dead letters from then, and says how they are sent "
             "again.";
    case NoticeKind::restarts:
      return "None of these runs ended in good order; the log says why. No slot is lost or judged "
             "twice by that, but what happens may be told late.";
  }
  return "";
}

}  // namespace revisitd::daemon::notify
